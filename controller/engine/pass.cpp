#include "engine/pass.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "engine/last_look.h"
#include "model/naming.h"
#include "pki/x509.h"
#include "plan/mend.h"

namespace certsync::engine {
namespace {

constexpr int kMaxRounds = 4;
constexpr std::chrono::seconds kSaveMayWait{10};

bool sets_certificate(const plan::Step& step) {
  return std::holds_alternative<plan::UpdateCertKey>(step.action) ||
         std::holds_alternative<plan::AddCertKey>(step.action);
}

bool is_update(const plan::Step& step) {
  return std::holds_alternative<plan::UpdateCertKey>(step.action);
}

// Files too: after a removal they are all that is left of us until the save.
bool holds_ours(const model::ApplianceState& seen, const model::Owner& owner) {
  const auto ours = [&](const std::string& file) {
    const auto mark = model::parse_file_name(file);
    return mark && owner.includes(mark->owner);
  };
  return std::any_of(seen.certkeys.begin(), seen.certkeys.end(),
                     [&](const auto& entry) { return ours(entry.second.cert_file); }) ||
         std::any_of(seen.files.begin(), seen.files.end(), [&](const auto& entry) { return ours(entry.first); });
}

}  // namespace

bool waits_its_turn(Reason reason) {
  return reason == Reason::WaitingForWindow || reason == Reason::WindowUnsatisfiable ||
         reason == Reason::WaitingForRollout;
}

std::string signature_of(const plan::WantedCertKey& certkey) {
  std::string text = certkey.cert_file + " " + certkey.fips_key() + (certkey.encrypted_key ? " encrypted" : "");
  if (certkey.sync->spec.chain == model::ChainPolicy::Link) {
    for (const auto& intermediate : certkey.chain->intermediates)
      text += " " + intermediate->sha256;
  }
  for (const auto& binding : certkey.sync->spec.bindings) {
    text += " " + plan::binding_key(binding.target, binding.role);
  }
  const auto& monitor = certkey.sync->spec.certkey;
  return text + (monitor.expiry_monitor ? " " + std::to_string(monitor.notification_period_days) : "");
}

Pass::Pass(const ReconcilerOptions& options, const Parts& parts, Memory& memory, AppliancePtr appliance,
           std::function<bool()> more_work, std::stop_token stop)
    : options_(options),
      parts_(parts),
      memory_(memory),
      appliance_(std::move(appliance)),
      more_work_(std::move(more_work)),
      stop_(std::move(stop)),
      sealed_keys_(parts.entropy) {}

std::string Pass::why_unusable() const {
  if (!appliance_->problems.empty() && appliance_->spec.endpoints.empty()) return appliance_->problems.front();
  const auto twin = parts_.store.elder_twin(*appliance_);
  if (twin == nullptr) return "";
  return "NetScalerAppliance " + twin->meta.ref.name +
         " names the same address and partition: two would undo each other's work; remove one of them";
}

PassResult Pass::run() {
  if (const auto unusable = why_unusable(); !unusable.empty()) {
    const Error error{ErrorKind::Stalled, Reason::SpecInvalid, "NetScalerAppliance " + name() + ": " + unusable};
    report_failure(error);
    aborted_ = error;
    return conclude();
  }
  inputs_ =
      gather(*appliance_, options_.owner, parts_.store, parts_.secrets, parts_.board, memory_.bound_here, parts_.clock);
  look_again_ = inputs_.look_again;
  notice_requests();
  memory_.appliance->begin_pass(stop_);
  if (auto looked = look(); !looked) {
    if (!stop_.stop_requested()) report_failure(looked.error());
    aborted_ = looked.error();
    return conclude();
  }
  if (const auto quiet = parts_.gate.quiet_for(appliance_->spec.request_timeout); quiet.count() > 0) {
    // A predecessor may still be writing: what was seen now says little, and nothing is written before its time is
    // over.
    look_again_ = parts_.clock.steady() + quiet;
    return conclude();
  }
  first_seen_ = seen_;
  // Whoever has saved since has saved ours as well.
  if (std::exchange(memory_.seen_unsaved, seen_.config_changed) && !seen_.config_changed) memory_.unsaved_since.reset();
  // Right after a start nobody knows whose the unsaved changes are; if anything of ours is there, they may be ours.
  if (!memory_.looked_before && seen_.config_changed && holds_ours(seen_, options_.owner))
    memory_.unsaved_since = memory_.unsaved_since.value_or(parts_.clock.steady());
  // What was somebody else's stays so until it is saved, whatever we have added to it.
  foreign_changes_ = seen_.config_changed && (memory_.foreign_unsaved || !memory_.unsaved_since);
  memory_.foreign_unsaved = foreign_changes_;
  make_plan();
  deploy();
  const bool busy_only = aborted_ && aborted_->reason == Reason::ApplianceBusy && !void_;
  const bool passing_trouble = aborted_ && is_appliance_wide(*aborted_) && !busy_only;
  if (!passing_trouble) {
    prove();
    roll_back();
    // Nothing is taken away while something is in doubt.
    leave_alone_what_failed();
    if (!aborted_) perform(plan_.cleanup);
    save();
    // What a node that is no primary any more has saved is not saved.
    if (saved_ && wrote_ && !confirm_primary()) saved_ = false;
    if (saved_ && !aborted_) perform(plan_.retire);
    if (!aborted_) perform(sealed_keys_.abandoned(done_, seen_));
    record_lag();
  } else {
    saved_ = !memory_.unsaved_since;
  }
  memory_.looked_before = true;
  // What is told of the appliance is how it is now; should the look fail, what was seen before it changed must do.
  if (!done_.empty() && !aborted_) look();
  // What was cut short by our own end says nothing about the appliance.
  if (!stop_.stop_requested()) report();
  return conclude();
}

Result<void> Pass::look() {
  ports::Sight sight = sight_for(inputs_.desired);
  while (true) {
    auto state = memory_.appliance->observe(sight);
    if (!state) return tl::unexpected(state.error());
    seen_ = std::move(*state);
    inputs_.desired.elsewhere = strangers_on(seen_, options_.owner, name(), parts_.store, parts_.board);
    // Who has left may have a service to be taken away from; only its certkeys tell that it was here.
    const auto& left = inputs_.desired.elsewhere;
    const bool hidden = !sight.services &&
                        std::any_of(left.begin(), left.end(), [](const auto& sync) { return names_services(*sync); });
    if (!hidden) break;
    sight.services = true;
  }
  note_failover();
  return {};
}

void Pass::note_failover() {
  const auto& node = seen_.ha.node;
  const std::string before = std::exchange(memory_.node, node);
  if (before.empty() || node.empty() || before == node) return;
  parts_.recorder.failover(name());
  parts_.events.say({ports::EventType::Warning, "NetScalerAppliance", appliance_->meta.ref, "FailedOver", "Observe",
                     "node " + node + " is Primary now, in place of " + before});
}

// A sync-requested-at that has not been handled yet forgives past corrections and roll-backs.
void Pass::notice_requests() {
  for (const auto& input : inputs_.desired.syncs) {
    const auto& annotations = input.sync->meta.annotations;
    const auto request = annotations.find(model::kSyncRequestedAt);
    if (request == annotations.end()) continue;
    auto& handled = memory_.handled_requests[input.sync->meta.ref];
    if (handled == request->second) continue;
    handled = request->second;
    if (request->second != input.sync->status.last_handled_sync_request) forgiven_.insert(input.sync->meta.ref);
  }
}

void Pass::deploy() {
  look_before_change();
  for (int round = 0; round < kMaxRounds; ++round) {
    const auto before = done_.size();
    failed_.clear();
    note_pending_lag(plan_.steps);
    const bool again = [&] {
      perform(plan_.steps);
      put_links_back(before);
      if (!confirm_primary()) return false;
      const bool updated = std::any_of(done_.begin() + static_cast<std::ptrdiff_t>(before), done_.end(), is_update);
      return updated || std::any_of(failed_.begin(), failed_.end(),
                                    [](const auto& one) { return one.second.kind == ErrorKind::Unknown; });
    }();
    if (!again) return;
    const model::ApplianceState previous = seen_;
    const std::vector<plan::Step> done(done_.begin() + static_cast<std::ptrdiff_t>(before), done_.end());
    if (auto looked = look(); !looked) {
      aborted_ = looked.error();
      return;
    }
    const plan::Wanted wanted = wanted_with_holds();
    read_foreign_intermediates(wanted);
    const auto notices = plan_.notices;
    go_by(plan::diff(wanted, seen_));
    plan_.notices = notices;
    for (const auto& step : plan::mend(previous, seen_, done)) {
      const std::string text = plan::to_text(step);
      const bool planned = std::any_of(plan_.steps.begin(), plan_.steps.end(),
                                       [&](const plan::Step& other) { return plan::to_text(other) == text; });
      parts_.events.say({ports::EventType::Warning, "NetScalerAppliance", appliance_->meta.ref, "BindingsRestored",
                         "Deploy", "an update broke a binding, put back: " + text});
      if (!planned) plan_.steps.push_back(step);
    }
    // The last look leaves errors in place that were not mended by looking.
    if (plan_.steps.empty()) {
      failed_.clear();
      return;
    }
  }
}

// Of what is unknown, the next look tells more.
void Pass::put_links_back(std::size_t done_before) {
  std::set<std::string> refused;
  for (const auto& [group, error] : failed_) {
    if (error.kind != ErrorKind::Unknown) refused.insert(group);
  }
  if (aborted_ || refused.empty()) return;
  const std::vector<plan::Step> done(done_.begin() + static_cast<std::ptrdiff_t>(done_before), done_.end());
  perform(plan::relink(seen_, done, refused));
}

// What was written to a node that is no primary any more does not count: the pass is void, and the next one looks at
// the primary first.
bool Pass::confirm_primary() {
  if (aborted_ || !wrote_) return !aborted_;
  if (auto confirmed = memory_.appliance->confirm(); !confirmed) {
    aborted_ = confirmed.error();
    void_ = true;
    memory_.unsaved_since = memory_.unsaved_since.value_or(parts_.clock.steady());
  }
  return !aborted_;
}

// The clean-up was planned for steps that have not all been done: what failed may still use its old files, and will
// need its new ones.
void Pass::leave_alone_what_failed() {
  if (failed_.empty()) return;
  std::set<std::string> marks;
  bool shared = false;
  for (const auto& certkey : plan_.certkeys) {
    if (failed_.count(certkey.name) != 0) marks.insert(model::resource_mark(certkey.ref()));
  }
  for (const auto& [group, error] : failed_) {
    shared = shared || group.starts_with(model::kIntermediatePrefix);
    // A removal that failed.
    if (const auto seen = seen_.certkeys.find(group); seen != seen_.certkeys.end()) {
      if (const auto mark = model::parse_file_name(seen->second.cert_file)) marks.insert(mark->resource);
    }
  }
  if (shared || !marks.empty()) plan_.cleanup.clear();
  std::erase_if(plan_.retire, [&](const plan::Step& step) {
    const auto mark = model::parse_file_name(step.group);
    return mark && (mark->shared() || marks.count(mark->resource) != 0);
  });
}

void Pass::perform(const std::vector<plan::Step>& steps) {
  if (steps.empty()) return;
  std::optional<std::map<model::ObjectRef, SyncPtr>> taken_in;
  const auto input_of = [&](const model::ObjectRef& ref) {
    if (!taken_in) taken_in = inputs_by_name();
    const auto found = taken_in->find(ref);
    return found == taken_in->end() ? nullptr : found->second;
  };
  LastLook last_look(parts_.live, appliance_, input_of, stop_);
  const int files_at_once = options_.files_in_parallel ? appliance_->spec.max_concurrent_requests : 1;
  Performer performer{name(),
                      *memory_.appliance,
                      [this](plan::Step& step) { return content_of(step); },
                      [this] { return !stop_.stop_requested() && parts_.gate.open(); },
                      [&](const model::ObjectRef& sync) { return last_look.at(sync); },
                      [this] { memory_.unsaved_since = memory_.unsaved_since.value_or(parts_.clock.steady()); },
                      parts_.clock,
                      parts_.log,
                      files_at_once};
  PerformReport report = performer.perform(steps);
  wrote_ |= report.writes != 0;
  remember_bindings(report.done);
  note_changes(report);
  say_disturbances(report.done);
  done_.insert(done_.end(), report.done.begin(), report.done.end());
  give_back_disturbances(steps, report);
  for (auto& [group, error] : report.failed)
    failed_.insert_or_assign(group, std::move(error));
  if (report.aborted) aborted_ = std::move(report.aborted);
}

std::map<model::ObjectRef, SyncPtr> Pass::inputs_by_name() const {
  std::map<model::ObjectRef, SyncPtr> inputs;
  for (const auto& sync : inputs_.desired.elsewhere)
    inputs[sync->meta.ref] = sync;
  for (const auto& one : inputs_.desired.syncs)
    inputs[one.sync->meta.ref] = one.sync;
  return inputs;
}

// An update that was refused cut nothing, so it is not what the next one has to wait for.
void Pass::give_back_disturbances(const std::vector<plan::Step>& steps, const PerformReport& report) {
  const auto updates = [](const std::vector<plan::Step>& these, const std::string& group) {
    return std::any_of(these.begin(), these.end(),
                       [&](const plan::Step& step) { return step.group == group && is_update(step); });
  };
  for (const auto& [group, error] : report.failed) {
    if (error.kind != ErrorKind::Unknown && updates(steps, group) && !updates(done_, group))
      memory_.guard.undisturbed(group);
  }
}

void Pass::say_disturbances(const std::vector<plan::Step>& done) const {
  for (const auto& step : done) {
    if (step.disturbs.empty() || step.sync.name.empty()) continue;
    parts_.events.say({ports::EventType::Normal, "NetScalerCertSync", step.sync, "Updated", "Deploy",
                       name() + ": " + plan::to_text(step)});
  }
}

void Pass::remember_bindings(const std::vector<plan::Step>& done) {
  for (const auto& step : done) {
    if (const auto* bind = std::get_if<plan::Bind>(&step.action)) {
      memory_.bound_here[step.sync].insert(plan::binding_key(bind->target, bind->role));
    }
  }
}

void Pass::note_pending_lag(const std::vector<plan::Step>& steps) {
  std::set<std::string> set_now;
  for (const auto& step : steps) {
    if (sets_certificate(step)) set_now.insert(step.group);
  }
  for (const auto& certkey : plan_.certkeys) {
    if (set_now.count(certkey.name) == 0 || memory_.waited.erase(certkey.name) != 0) continue;
    if (const auto view = parts_.store.secret(certkey.secret))
      memory_.pending_lag.try_emplace(certkey.name, view->seen_at);
  }
}

Result<SecretBytes> Pass::content_of(plan::Step& step) {
  if (const auto* upload = std::get_if<plan::UploadCertificate>(&step.action)) {
    return SecretBytes(pki::to_pem(*upload->certificate));
  }
  if (auto* add = std::get_if<plan::AddCertKey>(&step.action)) {
    return add->encrypted_key ? sealed_keys_.open(add->key_file, step.group) : SecretBytes();
  }
  if (auto* update = std::get_if<plan::UpdateCertKey>(&step.action)) {
    return update->encrypted_key ? sealed_keys_.open(update->key_file, step.group) : SecretBytes();
  }
  auto& upload = std::get<plan::UploadKey>(step.action);
  const auto sync = parts_.store.cert_sync(step.sync);
  if (sync == nullptr)
    return fail(ErrorKind::Retry, Reason::SecretNotFound, "the resource went while it was being deployed");
  auto key = parts_.secrets.private_key(upload.secret, sync->spec.source, *upload.leaf);
  if (!key || !upload.encrypted) return key;
  return sealed_keys_.seal(upload, step.group, *key);
}

bool Pass::deferred_save() const {
  return memory_.unsaved_since && more_work_() && !stop_.stop_requested() &&
         parts_.clock.steady() - *memory_.unsaved_since < kSaveMayWait;
}

void Pass::save() {
  if (!memory_.unsaved_since || options_.read_only || appliance_->spec.suspend) {
    saved_ = !memory_.unsaved_since;
    return;
  }
  saved_ = false;
  const auto policy = appliance_->spec.save_config;
  if (policy == model::SaveConfig::Never || (policy == model::SaveConfig::WhenOurs && foreign_changes_)) return;
  if (deferred_save() || !parts_.gate.open()) return;
  const auto started = parts_.clock.steady();
  const auto saved = memory_.appliance->save();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.steady() - started).count();
  parts_.log.write(saved ? LogLevel::Info : LogLevel::Warn, saved ? "write" : "write refused",
                   {{"appliance", name()},
                    {"verb", "save"},
                    {"object", "configuration"},
                    {"errorcode", static_cast<long long>(saved ? 0 : saved.error().code)},
                    {"ms", static_cast<long long>(took)},
                    {"sync", "(shared)"}});
  if (!saved) {
    save_errors_.push_back(saved.error());
    return;
  }
  saved_ = true;
  wrote_ = true;
  memory_.unsaved_since.reset();
  memory_.saved_at = parts_.clock.now();
  if (foreign_changes_) {
    parts_.events.say(
        {ports::EventType::Normal, "NetScalerAppliance", appliance_->meta.ref, "SavedForeignChanges", "Save",
         "the appliance had unsaved changes that were not ours; they were saved with ours (spec.saveConfig: Always)"});
  }
}

void Pass::record_lag() {
  for (const auto& certkey : plan_.certkeys) {
    const auto pending = memory_.pending_lag.find(certkey.name);
    if (pending == memory_.pending_lag.end() || failed_.count(certkey.name) != 0) continue;
    const auto proof = memory_.proofs.find(certkey.name);
    const bool served = proof != memory_.proofs.end() &&
                        (proof->second.verdict == plan::Verdict::Served || proof->second.verdict == plan::Verdict::Off);
    if (served) parts_.recorder.deploy_lag(name(), parts_.clock.steady() - pending->second);
    memory_.pending_lag.erase(pending);
  }
}

}  // namespace certsync::engine
