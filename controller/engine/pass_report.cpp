// The end of a pass: what happened, told to the status board, the metrics and the queue.
#include <algorithm>

#include "engine/pass.h"
#include "model/naming.h"

namespace certsync::engine {
namespace {

bool is_conflict(Reason reason) {
  switch (reason) {
    case Reason::CertKeyNotOwned:
    case Reason::CertificateAlreadyInstalled:
    case Reason::IntermediateConflict:
    case Reason::DefaultSlotTaken:
    case Reason::BindingConflict:
    case Reason::AnotherWriter:
      return true;
    default:
      return false;
  }
}

model::CertificateStatus certificate_status(const plan::WantedCertKey& certkey) {
  constexpr std::size_t kMaxNames = 8;
  const auto& leaf = *certkey.chain->leaf;
  model::CertificateStatus status{certkey.secret_name(), certkey.name,   leaf.serial,    leaf.sha256,
                                  leaf.not_before,       leaf.not_after, leaf.dns_names, leaf.dns_names.size()};
  if (status.dns_names.size() > kMaxNames) status.dns_names.resize(kMaxNames);
  return status;
}

bool is_refused(const std::vector<Error>& errors) {
  return std::any_of(errors.begin(), errors.end(),
                     [](const Error& error) { return error.reason == Reason::NotPermitted; });
}

/// What the status knows of that appliance.
void recall(const model::CertSyncStatus& status, plan::TargetOutcome& outcome) {
  for (const auto& target : status.appliances) {
    if (target.name == outcome.appliance) outcome.certkeys = target.certkeys;
  }
  for (const auto& entry : status.bound_to) {
    if (!entry.starts_with(outcome.appliance + "/")) continue;
    auto key = entry.substr(outcome.appliance.size() + 1);
    const bool told = std::find(outcome.bound_to.begin(), outcome.bound_to.end(), key) != outcome.bound_to.end();
    if (!told) outcome.bound_to.push_back(std::move(key));
  }
}

bool waits_by_policy(Reason reason) {
  switch (reason) {
    case Reason::Suspended:
    case Reason::DryRun:
    case Reason::NotYetValid:
    case Reason::WaitingForWindow:
    case Reason::WaitingForRollout:
    case Reason::UpdateThrottled:
      return true;
    default:
      return false;
  }
}

enum class Next { TrySoon, Settling, WaitForClock, WaitForChange };

Next next_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::Stalled:
    case ErrorKind::Conflict:
    case ErrorKind::Gone:
      return Next::WaitForChange;
    case ErrorKind::Retry:
    case ErrorKind::Unknown:
      return Next::TrySoon;
    case ErrorKind::Wait:
      break;
  }
  if (error.reason == Reason::SessionLimit) return Next::TrySoon;
  if (error.reason == Reason::SecretIncomplete) return Next::Settling;
  return waits_by_policy(error.reason) ? Next::WaitForClock : Next::WaitForChange;
}

}  // namespace

void Pass::report_failure(const Error& error) {
  for (const auto& sync : parts_.store.syncs_of(name())) {
    SyncReport report;
    report.outcome.appliance = name();
    report.outcome.generation = sync->meta.generation;
    Error told = error;
    told.message = name() + ": " + told.message;
    report.outcome.errors.push_back(std::move(told));
    report.only_errors = true;
    parts_.board.report(sync->meta.ref, std::move(report));
  }
  report_appliance({error});
}

void Pass::say_notices() const {
  for (const auto& notice : plan_.notices) {
    parts_.events.say({notice.warning ? ports::EventType::Warning : ports::EventType::Normal, "NetScalerCertSync",
                       notice.sync, notice.reason, "Deploy", name() + ": " + notice.note});
  }
}

Pass::Facts Pass::facts() const {
  Facts facts;
  facts.bindings = seen_.bindings;
  for (const auto& step : done_) {
    if (std::holds_alternative<plan::AddCertKey>(step.action) ||
        std::holds_alternative<plan::UpdateCertKey>(step.action)) {
      facts.set_now.insert(step.group);
    }
    if (const auto* bind = std::get_if<plan::Bind>(&step.action)) {
      facts.bindings.insert({bind->target, bind->certkey, bind->role == model::Role::Sni, false});
    }
  }
  for (const auto& certkey : plan_.certkeys)
    facts.certkeys[certkey.ref()].push_back(&certkey);
  for (const auto& problem : plan_.problems) {
    facts.problems[problem.sync].push_back(&problem.error);
    if (!problem.certkey.empty()) facts.certkey_problems.emplace(problem.certkey, &problem.error);
  }
  for (const auto& step : dry_plan_.steps)
    facts.groups[step.sync].insert(step.group);
  for (const auto& input : inputs_.desired.syncs)
    facts.inputs[input.sync->meta.ref] = input.sync;
  return facts;
}

void Pass::describe_certkey(const plan::WantedCertKey& certkey, const Facts& facts, SyncReport& report) const {
  auto& outcome = report.outcome;
  const std::string& secret = certkey.secret_name();
  if (const auto problem = facts.certkey_problems.find(certkey.name); problem != facts.certkey_problems.end()) {
    outcome.troubles.emplace(secret, *problem->second);
  }
  if (const auto hold = held_.find(certkey.name); hold != held_.end()) {
    outcome.troubles.emplace(secret, hold->second.error);
    outcome.errors.push_back(hold->second.error);
    if (!hold->second.drift.empty()) outcome.drift = hold->second.drift;
    if (hold->second.window && (!outcome.next_window || *hold->second.window < *outcome.next_window))
      outcome.next_window = hold->second.window;
  }
  if (const auto failure = failed_.find(certkey.name); failure != failed_.end()) {
    outcome.troubles.emplace(secret, failure->second);
    outcome.errors.push_back(failure->second);
  }
  outcome.certkeys.push_back(certkey.name);
  const auto& leaf = *certkey.chain->leaf;
  const auto series = [&](ports::CertificateCopy copy, TimePoint not_before, TimePoint not_after) {
    report.certificates.push_back({certkey.secret.name, name(), certkey.name, copy, not_before, not_after});
  };
  series(ports::CertificateCopy::Source, leaf.not_before, leaf.not_after);
  const auto installed = seen_.certkeys.find(certkey.name);
  const bool there = installed != seen_.certkeys.end();
  const bool set_now = facts.set_now.count(certkey.name) != 0 && failed_.count(certkey.name) == 0;
  if (set_now || (there && installed->second.cert_file == certkey.cert_file)) {
    outcome.certificates.push_back(certificate_status(certkey));
    series(ports::CertificateCopy::Installed, leaf.not_before, leaf.not_after);
  } else if (there && installed->second.not_after) {
    series(ports::CertificateCopy::Installed, installed->second.not_before.value_or(TimePoint{}),
           *installed->second.not_after);
  }
  for (const auto& binding : certkey.sync->spec.bindings) {
    if (facts.bindings.count({binding.target, certkey.name, binding.role == model::Role::Sni, false}) != 0) {
      outcome.bound_to.push_back(plan::binding_key(binding.target, binding.role));
    }
  }
  describe_proof(certkey, report);
}

bool Pass::is_own(const std::string& certkey, const model::CertSync& sync) const {
  const auto installed = seen_.certkeys.find(certkey);
  if (installed == seen_.certkeys.end()) return false;
  const auto file = model::parse_file_name(installed->second.cert_file);
  return file && options_.owner.includes(file->owner) && file->resource == model::resource_mark(sync.meta.ref);
}

// What is still there of a Secret whose next certificate waits, or cannot be used: the status goes on telling it, also
// since a certkey that was taken over is found again by it, and bindings may be taken away by it.
void Pass::recall_what_is_there(const model::CertSync& sync, plan::TargetOutcome& outcome) const {
  const auto status = parts_.board.status_of(sync);
  for (const auto& known : status.certificates) {
    const bool told = std::any_of(outcome.certificates.begin(), outcome.certificates.end(),
                                  [&](const auto& one) { return one.secret_name == known.secret_name; });
    if (!told && is_own(known.certkey, sync)) outcome.certificates.push_back(known);
  }
  const std::string prefix = name() + "/";
  std::set<std::string> known;
  for (const auto& entry : status.bound_to) {
    if (entry.starts_with(prefix)) known.insert(entry.substr(prefix.size()));
  }
  if (const auto here = memory_.bound_here.find(sync.meta.ref); here != memory_.bound_here.end()) {
    known.insert(here->second.begin(), here->second.end());
  }
  for (const auto& binding : seen_.bindings) {
    if (binding.ca || !is_own(binding.certkey, sync)) continue;
    const auto key = plan::binding_key(binding.target, binding.sni ? model::Role::Sni : model::Role::Default);
    const bool told = std::find(outcome.bound_to.begin(), outcome.bound_to.end(), key) != outcome.bound_to.end();
    if (!told && known.count(key) != 0) outcome.bound_to.push_back(key);
  }
}

// By the form of the resource that this pass went by. What failed for now is tried again, still at once.
void Pass::honour_requests(const model::CertSync& sync, plan::TargetOutcome& outcome) {
  outcome.sync_request = model::annotation(sync.meta, model::kSyncRequestedAt);
  const bool open = aborted_ || std::any_of(outcome.errors.begin(), outcome.errors.end(), [](const Error& error) {
                      return error.kind == ErrorKind::Retry || error.kind == ErrorKind::Unknown ||
                             error.reason == Reason::SecretIncomplete;
                    });
  const auto asked = model::annotation(sync.meta, model::kDeployNow);
  if (!asked.empty() && !open) memory_.deployed_now[sync.meta.ref] = asked;
  const auto honoured = memory_.deployed_now.find(sync.meta.ref);
  if (honoured != memory_.deployed_now.end()) outcome.deploy_now = honoured->second;
}

void Pass::describe_proof(const plan::WantedCertKey& certkey, SyncReport& report) const {
  const auto found = memory_.proofs.find(certkey.name);
  if (found == memory_.proofs.end()) return;
  const Proof& proof = found->second;
  auto& outcome = report.outcome;
  const auto rank = [](plan::Verdict verdict) {
    return verdict == plan::Verdict::Served ? 1 : verdict == plan::Verdict::Off ? 0 : 2;
  };
  if (outcome.verdict_message.empty() || rank(proof.verdict) >= rank(outcome.verdict)) {
    outcome.verdict = proof.verdict;
    outcome.verdict_message = proof.message;
  }
  outcome.last_verify_time = proof.at;
  if (proof.verdict == plan::Verdict::Different) {
    outcome.different.emplace(certkey.secret_name(), proof.message);
  }
  report.served.insert(report.served.end(), proof.served.begin(), proof.served.end());
  if (!proof.served_dates) return;
  report.certificates.push_back({certkey.secret.name, name(), certkey.name, ports::CertificateCopy::Served,
                                 proof.served_dates->first, proof.served_dates->second});
}

SyncReport Pass::report_of(const SyncPtr& sync, const Facts& facts) {
  SyncReport report;
  auto& outcome = report.outcome;
  outcome.appliance = name();
  const auto of_sync = [&](const auto& map) {
    const auto found = map.find(sync->meta.ref);
    return found == map.end() ? typename std::decay_t<decltype(map)>::mapped_type{} : found->second;
  };
  const SyncPtr taken = of_sync(facts.inputs);
  outcome.generation = taken == nullptr ? 0 : taken->meta.generation;
  for (const Error* error : of_sync(facts.problems))
    outcome.errors.push_back(*error);
  for (const plan::WantedCertKey* certkey : of_sync(facts.certkeys))
    describe_certkey(*certkey, facts, report);
  recall_what_is_there(*sync, outcome);
  const std::set<std::string> groups = of_sync(facts.groups);
  for (const auto& [group, error] : failed_) {
    const bool told = std::find(outcome.errors.begin(), outcome.errors.end(), error) != outcome.errors.end();
    if (groups.count(group) != 0 && !told) outcome.errors.push_back(error);
  }
  // What a lost grant leaves there is still ours to take away, should the grant come back.
  if (is_refused(outcome.errors)) recall(parts_.board.status_of(*sync), outcome);
  const bool idle = options_.read_only || appliance_->spec.suspend;
  const bool planned = !groups.empty();
  if (sync->spec.dry_run || options_.read_only) {
    for (const auto& step : dry_plan_.steps) {
      if (step.sync == sync->meta.ref || step.sync.name.empty()) outcome.plan.push_back(plan::to_text(step));
    }
  }
  if (idle && planned) {
    outcome.errors.push_back({ErrorKind::Wait, appliance_->spec.suspend ? Reason::Suspended : Reason::DryRun,
                              appliance_->spec.suspend
                                  ? "NetScalerAppliance " + name() + " is suspended"
                                  : "--read-only: nothing is written; the plan is in status.plan"});
  }
  if (aborted_) outcome.errors.push_back(*aborted_);
  outcome.errors.insert(outcome.errors.end(), save_errors_.begin(), save_errors_.end());
  const bool saved = saved_ || appliance_->spec.save_config == model::SaveConfig::Never;
  outcome.settled = outcome.errors.empty() && saved && !(sync->spec.suspend && planned);
  // A deletion that came while the pass was under way is none that it has carried out.
  const bool in_this_form = taken != nullptr && taken->meta.deleting && taken->meta.uid == sync->meta.uid &&
                            taken->meta.generation == sync->meta.generation;
  outcome.removed = in_this_form && outcome.settled && !idle;
  if (taken != nullptr) honour_requests(*taken, outcome);
  outcome.last_sync_time = parts_.clock.now();
  return report;
}

// Whether a binding is there that the status says is the resource's.
bool Pass::is_bound_by(const model::CertSync& sync) const {
  const auto& known = sync.status.bound_to;
  return std::any_of(seen_.bindings.begin(), seen_.bindings.end(), [&](const model::InstalledBinding& binding) {
    const auto key = plan::binding_key(binding.target, binding.sni ? model::Role::Sni : model::Role::Default);
    return !binding.ca && is_own(binding.certkey, sync) &&
           std::find(known.begin(), known.end(), name() + "/" + key) != known.end();
  });
}

void Pass::report() {
  say_notices();
  std::size_t conflict_count = 0;
  const auto count = [&](const Error& error) { conflict_count += is_conflict(error.reason) ? 1 : 0; };
  for (const auto& problem : plan_.problems)
    count(problem.error);
  for (const auto& [certkey, hold] : held_)
    count(hold.error);
  parts_.recorder.ownership_conflicts(name(), conflict_count);

  const Facts sorted = facts();
  for (const auto& sync : parts_.store.syncs_of(name())) {
    SyncReport report = report_of(sync, sorted);
    const auto own = sorted.certkeys.find(sync->meta.ref);
    if (report.outcome.settled && !sync->spec.dry_run && !sync->spec.suspend && own != sorted.certkeys.end()) {
      for (const auto* certkey : own->second)
        memory_.guard.reached(certkey->name, signature_of(*certkey));
    }
    parts_.board.report(sync->meta.ref, std::move(report));
  }
  std::vector<Error> errors = save_errors_;
  if (aborted_) errors.push_back(*aborted_);
  for (const auto& [group, error] : failed_) {
    if (error.reason == Reason::NotAuthorized) errors.push_back(error);
  }
  for (const auto& sync : inputs_.desired.elsewhere) {
    const plan::Permit permit(inputs_.desired.access, sync->meta.ref.space);
    const bool carried_out = errors.empty() && failed_.empty() && permit.anything();
    if (carried_out && !is_bound_by(*sync)) parts_.board.released(sync->meta.ref, name());
  }
  report_appliance(errors);
}

void Pass::report_appliance(const std::vector<Error>& errors) {
  plan::ApplianceOutcome outcome;
  outcome.errors = errors;
  std::optional<std::vector<ports::CertKeySeries>> series;
  const bool looked = !seen_.version.empty() || !seen_.certkeys.empty() || !seen_.virtual_servers.empty();
  if (looked) {
    outcome.endpoint = seen_.ha.endpoint;
    outcome.version = seen_.version;
    outcome.ha_state = seen_.ha.state;
    outcome.sync_time = parts_.clock.now();
    outcome.save_time = memory_.saved_at;
    outcome.certkeys = seen_.certkeys.size();
    series.emplace();
    for (const auto& [certkey, installed] : seen_.certkeys) {
      const auto mark = model::parse_file_name(installed.cert_file);
      const bool managed = mark && options_.owner.includes(mark->owner);
      outcome.managed_certkeys += managed ? 1 : 0;
      if (!installed.not_after) continue;
      series->push_back({certkey, *installed.not_after, managed});
      const bool built_in = certkey.starts_with("ns-");
      if (!built_in && (!outcome.next_expiry || *installed.not_after < outcome.next_expiry->not_after)) {
        outcome.next_expiry = model::NextExpiry{certkey, *installed.not_after};
      }
    }
    outcome.saved = saved_ && (!first_seen_.config_changed || memory_.saved_at.has_value() || !foreign_changes_);
    if (!saved_) {
      outcome.unsaved_reason = !save_errors_.empty() ? std::string(to_text(save_errors_.front().reason))
                               : foreign_changes_    ? "ForeignUnsavedChanges"
                                                     : "NotSaved";
      outcome.unsaved_message =
          !save_errors_.empty() ? save_errors_.front().message
          : foreign_changes_
              ? "somebody else has unsaved changes; ours are saved with theirs (spec.saveConfig: WhenOurs)"
              : "our changes are not saved";
    } else if (!outcome.saved) {
      outcome.unsaved_reason = "ForeignUnsavedChanges";
      outcome.unsaved_message = "somebody else has unsaved changes; nothing of ours is among them";
    }
  }
  parts_.board.report(*appliance_, outcome, series);
}

PassResult Pass::conclude() const {
  PassResult result;
  std::vector<Error> errors = save_errors_;
  if (aborted_) errors.push_back(*aborted_);
  for (const auto& problem : plan_.problems)
    errors.push_back(problem.error);
  for (const auto& [group, error] : failed_)
    errors.push_back(error);
  for (const auto& [certkey, hold] : held_)
    errors.push_back(hold.error);
  const bool read_only_work = options_.read_only && !dry_plan_.empty();
  for (const auto& error : errors) {
    switch (next_of(error)) {
      case Next::TrySoon:
        result.failed = true;
        break;
      case Next::WaitForClock:
        result.waiting = true;
        break;
      case Next::WaitForChange:
        result.stalled = true;
        break;
      case Next::Settling:
        break;
    }
  }
  result.stalled = result.stalled || read_only_work;
  const bool unsaved =
      !saved_ && appliance_->spec.save_config == model::SaveConfig::Always && save_errors_.empty() && !aborted_;
  result.settled = errors.empty() && !read_only_work && !unsaved;
  std::chrono::milliseconds again = appliance_->spec.resync_period;
  const auto sooner = [&](std::chrono::milliseconds wait) {
    again = std::min(again, std::max(wait, std::chrono::milliseconds(1)));
  };
  if (unsaved) sooner(std::chrono::seconds(1));
  if (look_again_) sooner(std::chrono::ceil<std::chrono::milliseconds>(*look_again_ - parts_.clock.steady()));
  for (const auto& input : inputs_.desired.syncs) {
    for (const auto& secret : input.secrets) {
      if (!secret.chain) continue;
      const auto& leaf = *(*secret.chain)->leaf;
      const auto now = parts_.clock.now();
      if (leaf.not_before > now) sooner(std::chrono::ceil<std::chrono::milliseconds>(leaf.not_before - now));
    }
  }
  result.again = again;
  return result;
}

}  // namespace certsync::engine
