// Proof after a change and on each resync, and the way back when the proof fails.
#include <algorithm>

#include "engine/pass.h"
#include "model/naming.h"
#include "plan/rollback.h"

namespace certsync::engine {
namespace {

constexpr std::chrono::seconds kSecondLook{1};

bool puts_certificate_in_use(const plan::Step& step) {
  return std::holds_alternative<plan::UpdateCertKey>(step.action) || std::holds_alternative<plan::Bind>(step.action);
}

}  // namespace

void Pass::look_before_change() {
  std::set<std::string> changing;
  for (const auto& step : plan_.steps) {
    if (puts_certificate_in_use(step) && !step.disturbs.empty()) changing.insert(step.group);
  }
  std::vector<plan::WantedCertKey> due;
  for (const auto& certkey : plan_.certkeys) {
    const bool watched = certkey.sync->spec.verification.mode == model::VerificationMode::Rollback;
    if (watched && changing.count(certkey.name) != 0) due.push_back(certkey);
  }
  if (due.empty()) return;
  for (auto& [certkey, proof] : verify(name(), due, seen_.addresses, parts_.prober, parts_.clock, stop_))
    shown_before_[certkey] = std::move(proof.shown);
}

std::map<std::string, Proof> Pass::proofs_of(const std::vector<plan::WantedCertKey>& due,
                                             const std::set<std::string>& changed) {
  auto proofs = verify(name(), due, seen_.addresses, parts_.prober, parts_.clock, stop_);
  // An appliance may need a moment until new connections get the new certificate.
  std::vector<plan::WantedCertKey> doubtful;
  std::copy_if(due.begin(), due.end(), std::back_inserter(doubtful), [&](const plan::WantedCertKey& certkey) {
    return changed.count(certkey.name) != 0 && proofs.at(certkey.name).verdict == plan::Verdict::Different;
  });
  if (!doubtful.empty() && parts_.sleeper.sleep(kSecondLook, stop_)) {
    for (auto& [certkey, proof] : verify(name(), doubtful, seen_.addresses, parts_.prober, parts_.clock, stop_)) {
      proofs.insert_or_assign(certkey, std::move(proof));
    }
  }
  return proofs;
}

/// What waits for its turn has not changed what is served. What somebody else has changed may have.
bool Pass::is_held_from_a_new_wish(const plan::WantedCertKey& certkey) const {
  const auto held = held_.find(certkey.name);
  if (held == held_.end()) return false;
  const Reason reason = held->second.error.reason;
  return reason != Reason::Drifted && reason != Reason::AnotherWriter;
}

void Pass::prove() {
  std::set<std::string> changed;
  for (const auto& step : done_)
    changed.insert(step.group);
  std::vector<plan::WantedCertKey> due;
  const auto now = parts_.clock.now();
  for (const auto& certkey : plan_.certkeys) {
    if (failed_.count(certkey.name) != 0 || is_held_from_a_new_wish(certkey) || certkey.sync->spec.dry_run) continue;
    const auto before = memory_.proofs.find(certkey.name);
    const bool stale = before == memory_.proofs.end() || before->second.verdict == plan::Verdict::Different ||
                       memory_.proven_content[certkey.name] != signature_of(certkey) ||
                       now - before->second.at >= appliance_->spec.resync_period - appliance_->spec.resync_period / 10;
    if (stale || changed.count(certkey.name) != 0) due.push_back(certkey);
  }
  for (auto& [certkey, proof] : proofs_of(due, changed))
    memory_.proofs.insert_or_assign(certkey, std::move(proof));
  for (const auto& certkey : due)
    memory_.proven_content[certkey.name] = signature_of(certkey);
}

// Only where an endpoint served the very certificate that this change replaced: anything else may have been wrong
// before, and going back would not mend it.
bool Pass::must_roll_back(const plan::WantedCertKey& certkey) const {
  const auto before = shown_before_.find(certkey.name);
  const auto proof = memory_.proofs.find(certkey.name);
  if (before == shown_before_.end() || proof == memory_.proofs.end()) return false;
  if (proof->second.verdict != plan::Verdict::Different) return false;
  std::set<std::string> replaced;
  for (const auto& [name, old] : first_seen_.certkeys) {
    const auto mark = model::parse_file_name(old.cert_file);
    const bool own = mark && options_.owner.includes(mark->owner) &&
                     mark->resource == model::resource_mark(certkey.ref()) &&
                     (name == certkey.name ||
                      model::is_version_name(name, certkey.asked, certkey.sync->spec.certkey.max_name_length));
    if (own) replaced.insert(mark->content);
  }
  const std::string wanted = model::content_mark(certkey.chain->leaf->sha256);
  return std::any_of(before->second.begin(), before->second.end(), [&](const auto& shown) {
    const auto content = model::content_mark(shown.second);
    const auto now = proof->second.shown.find(shown.first);
    const bool served_old = content != wanted && replaced.count(content) != 0;
    return served_old && now != proof->second.shown.end() && now->second != certkey.chain->leaf->sha256;
  });
}

void Pass::roll_back() {
  if (aborted_) return;
  const bool any = std::any_of(plan_.certkeys.begin(), plan_.certkeys.end(), [&](const plan::WantedCertKey& certkey) {
    return failed_.count(certkey.name) == 0 && must_roll_back(certkey);
  });
  if (!any) return;
  if (auto looked = look(); !looked) {
    aborted_ = looked.error();
    return;
  }
  for (const auto& certkey : plan_.certkeys) {
    if (failed_.count(certkey.name) != 0 || !must_roll_back(certkey)) continue;
    const auto steps = plan::roll_back(certkey, first_seen_, seen_, done_);
    if (steps.empty()) {
      parts_.events.say({ports::EventType::Warning, "NetScalerCertSync", certkey.ref(), "RollbackImpossible", "Verify",
                         name() + ": certkey " + certkey.name +
                             " cannot be taken back: the passphrase of its old key is kept nowhere (spec.encryptKeys); "
                             "updatePolicy NewCertKey needs none"});
      continue;
    }
    const std::string why = memory_.proofs.at(certkey.name).message;
    perform(steps);
    if (!confirm_primary()) return;
    const auto failure = failed_.find(certkey.name);
    Error error{
        ErrorKind::Stalled, Reason::RolledBack,
        "certkey " + certkey.name + ": after the change " + why +
            "; the certificate before it is in place again. Find out what answers there, then renew, or change " +
            model::kSyncRequestedAt};
    if (failure != failed_.end()) error.message += " (going back failed: " + failure->second.message + ")";
    parts_.events.say({ports::EventType::Warning, "NetScalerCertSync", certkey.ref(), "RolledBack", "Verify",
                       name() + ": " + error.message});
    memory_.rolled_back[certkey.name] = {signature_of(certkey), error};
    failed_.insert_or_assign(certkey.name, error);
  }
}

}  // namespace certsync::engine
