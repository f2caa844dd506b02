#include "engine/status_board.h"

#include <algorithm>

namespace certsync::engine {
namespace {

constexpr const char* kSyncKind = "NetScalerCertSync";
constexpr const char* kApplianceKind = "NetScalerAppliance";

std::string text_of(const model::Conditions& conditions, const std::string& type) {
  const auto* condition = model::find_condition(conditions, type);
  return condition == nullptr ? "" : std::string(to_text(condition->status)) + condition->reason + condition->message;
}

bool is_true(const model::Conditions& conditions, const std::string& type) {
  const auto* condition = model::find_condition(conditions, type);
  return condition != nullptr && condition->status == model::ConditionStatus::True;
}

bool has_problem(const model::Condition& ready) {
  return ready.status == model::ConditionStatus::False && ready.reason != "Progressing" && ready.reason != "DryRun";
}

// Times alone are no reason for a write, unless they have become an hour wrong.
constexpr std::chrono::hours kTimesMayLag{1};

model::CertSyncStatus without_times(model::CertSyncStatus status) {
  status.last_sync_time.reset();
  for (auto& target : status.appliances) {
    target.last_sync_time.reset();
    target.last_verify_time.reset();
  }
  return status;
}

model::ApplianceStatus without_times(model::ApplianceStatus status) {
  status.last_sync_time.reset();
  return status;
}

template <class Status>
bool worth_writing(const std::optional<Status>& written, const Status& status) {
  if (!written || !(without_times(*written) == without_times(status))) return true;
  return status.last_sync_time &&
         (!written->last_sync_time || *status.last_sync_time - *written->last_sync_time >= kTimesMayLag);
}

// What of an outcome matters to the appliances that come after it.
std::string rollout_state(const plan::TargetOutcome& outcome) {
  std::string text;
  for (const auto& [secret, message] : outcome.different)
    text += " differs:" + secret;
  for (const auto& [secret, error] : outcome.troubles)
    text += " " + secret + ":" + std::string(to_text(error.reason));
  for (const auto& certificate : outcome.certificates)
    text += " " + certificate.secret_name + "=" + certificate.sha256;
  return text;
}

// By this Secret alone: what another one of a selector suffers from stops nothing here.
void judge_progress(const plan::TargetOutcome& outcome, const std::string& secret, const std::string& sha256,
                    plan::Progress& progress) {
  using State = plan::Progress::State;
  const auto trouble = outcome.troubles.find(secret);
  if (trouble != outcome.troubles.end()) {
    const bool stuck = trouble->second.kind == ErrorKind::Stalled || trouble->second.kind == ErrorKind::Conflict;
    progress.state = stuck ? State::Stopped : State::Working;
    progress.note = trouble->second.message;
    return;
  }
  const bool installed = std::any_of(outcome.certificates.begin(), outcome.certificates.end(), [&](const auto& one) {
    return one.secret_name == secret && one.sha256 == sha256;
  });
  const auto different = outcome.different.find(secret);
  if (installed && different != outcome.different.end()) {
    progress.state = State::Stopped;
    progress.note = different->second;
    return;
  }
  progress.state = installed ? State::Done : State::Working;
  progress.note = installed || outcome.errors.empty() ? "" : plan::foremost(outcome.errors).message;
}

}  // namespace

bool SyncReport::unreachable() const {
  const auto lost = [](const Error& error) { return error.reason == Reason::ApplianceUnreachable; };
  return only_errors || std::any_of(outcome.errors.begin(), outcome.errors.end(), lost);
}

StatusBoard::StatusBoard(Store& store, ports::StatusSink& sink, EventGate& events, ports::Recorder& recorder,
                         const Clock& clock, const Logger& log, Hooks hooks)
    : store_(store),
      sink_(sink),
      events_(events),
      recorder_(recorder),
      clock_(clock),
      log_(log),
      hooks_(std::move(hooks)) {}

void StatusBoard::report(const model::ObjectRef& sync, SyncReport report) {
  const std::string appliance = report.outcome.appliance;
  bool moved = false;
  {
    std::lock_guard lock(mutex_);
    auto& entry = syncs_[sync];
    auto& slot = entry.reports[appliance];
    if (report.unreachable()) {
      entry.lost_since.try_emplace(appliance, clock_.steady());
    } else {
      entry.lost_since.erase(appliance);
    }
    const std::string before = rollout_state(slot.outcome);
    if (report.only_errors) {
      slot.only_errors = true;
      if (slot.outcome.appliance.empty()) slot.outcome.looked = false;
      slot.outcome.appliance = report.outcome.appliance;
      slot.outcome.generation = report.outcome.generation;
      slot.outcome.errors = std::move(report.outcome.errors);
      slot.outcome.settled = false;
    } else {
      slot = std::move(report);
    }
    moved = before != rollout_state(slot.outcome);
  }
  fold(sync);
  if (moved) wake_those_after(sync, appliance);
}

void StatusBoard::wake_those_after(const model::ObjectRef& ref, const std::string& appliance) {
  const auto sync = store_.cert_sync(ref);
  if (!wake_ || sync == nullptr || sync->spec.rollout != model::RolloutStrategy::OneByOne) return;
  const auto order = store_.appliances_of(*sync);
  auto next = std::find(order.begin(), order.end(), appliance);
  if (next == order.end()) return;
  for (++next; next != order.end(); ++next)
    wake_(*next);
}

std::vector<plan::Progress> StatusBoard::progress_before(const std::string& appliance, const model::CertSync& sync,
                                                         const std::string& secret, const std::string& sha256) const {
  using State = plan::Progress::State;
  std::vector<plan::Progress> progress;
  std::lock_guard lock(mutex_);
  const auto found = syncs_.find(sync.meta.ref);
  static const SyncEntry kNothing;
  const SyncEntry& entry = found == syncs_.end() ? kNothing : found->second;
  for (const auto& name : store_.appliances_of(sync)) {
    if (name == appliance) break;
    plan::Progress one{name, State::Working, "not looked at yet", {}};
    if (store_.appliance(name) == nullptr) {
      one.state = State::Gone;
    } else if (const auto lost = entry.lost_since.find(name); lost != entry.lost_since.end()) {
      one.state = State::Unreachable;
      one.since = lost->second;
    } else if (const auto report = entry.reports.find(name); report != entry.reports.end()) {
      judge_progress(report->second.outcome, secret, sha256, one);
    }
    progress.push_back(std::move(one));
  }
  return progress;
}

void StatusBoard::released(const model::ObjectRef& sync, const std::string& appliance) {
  {
    std::lock_guard lock(mutex_);
    const auto found = syncs_.find(sync);
    if (found == syncs_.end() || !found->second.status) return;
    std::erase_if(found->second.status->bound_to,
                  [&](const auto& entry) { return entry.starts_with(appliance + "/"); });
  }
  fold(sync);
}

void StatusBoard::refresh(const model::ObjectRef& sync) {
  if (store_.cert_sync(sync) != nullptr) return fold(sync);
  {
    std::lock_guard lock(mutex_);
    syncs_.erase(sync);
  }
  recorder_.forget_cert_sync(sync);
  events_.forget(kSyncKind, sync);
  if (hooks_.sync_gone) hooks_.sync_gone(sync);
}

void StatusBoard::appliance_removed(const std::string& name) {
  std::vector<model::ObjectRef> touched;
  {
    std::lock_guard lock(mutex_);
    appliances_.erase(name);
    for (auto& [ref, entry] : syncs_) {
      if (entry.reports.erase(name) != 0) touched.push_back(ref);
    }
  }
  recorder_.forget_appliance(name);
  events_.forget(kApplianceKind, {"", name});
  if (hooks_.appliance_gone) hooks_.appliance_gone(name);
  for (const auto& ref : touched)
    fold(ref);
}

void StatusBoard::reset() {
  std::lock_guard lock(mutex_);
  for (const auto& [ref, entry] : syncs_)
    recorder_.forget_cert_sync(ref);
  for (const auto& [name, entry] : appliances_)
    recorder_.forget_appliance(name);
  syncs_.clear();
  appliances_.clear();
}

model::CertSyncStatus StatusBoard::status_of(const model::CertSync& sync) const {
  std::lock_guard lock(mutex_);
  const auto found = syncs_.find(sync.meta.ref);
  return found != syncs_.end() && found->second.status ? *found->second.status : sync.status;
}

model::ApplianceStatus StatusBoard::status_of(const model::Appliance& appliance) const {
  std::lock_guard lock(mutex_);
  const auto found = appliances_.find(appliance.meta.ref.name);
  return found != appliances_.end() ? found->second.status : appliance.status;
}

void StatusBoard::fold(const model::ObjectRef& ref) {
  const SyncPtr object = store_.cert_sync(ref);
  if (object == nullptr || !store_.has_synced()) return;
  const bool done = [&] {
    // The lock is held over the write, so that two passes that fold one resource write in the order in which they
    // folded.
    std::lock_guard lock(mutex_);
    return fold_locked(*object);
  }();
  if (done && hooks_.deletion_done) hooks_.deletion_done(ref);
}

bool StatusBoard::fold_locked(const model::CertSync& object) {
  const model::ObjectRef& ref = object.meta.ref;
  auto& entry = syncs_[ref];
  const auto wanted = store_.appliances_of(object);
  std::vector<plan::TargetOutcome> outcomes;
  std::vector<ports::CertificateSeries> certificates;
  std::vector<ports::ServedSeries> served;
  for (const auto& name : wanted) {
    if (store_.appliance(name) == nullptr) {
      plan::TargetOutcome missing;
      missing.appliance = name;
      missing.generation = object.meta.generation;
      // There is nothing to do there.
      missing.sync_request = model::annotation(object.meta, model::kSyncRequestedAt);
      missing.deploy_now = model::annotation(object.meta, model::kDeployNow);
      missing.errors.push_back(
          {ErrorKind::Stalled, Reason::ApplianceNotFound, "there is no NetScalerAppliance " + name});
      outcomes.push_back(std::move(missing));
      continue;
    }
    const auto report = entry.reports.find(name);
    if (report == entry.reports.end()) continue;
    outcomes.push_back(report->second.outcome);
    certificates.insert(certificates.end(), report->second.certificates.begin(), report->second.certificates.end());
    served.insert(served.end(), report->second.served.begin(), report->second.served.end());
  }
  std::erase_if(entry.reports, [&](const auto& report) {
    return !object.meta.deleting && std::count(wanted.begin(), wanted.end(), report.first) == 0;
  });
  model::CertSync current = object;
  if (entry.status) current.status = *entry.status;
  const model::CertSyncStatus before = current.status;
  current.status = plan::summarise(current, wanted, outcomes, clock_.now());
  entry.status = current.status;
  recorder_.cert_sync(current, certificates, served);
  say_transitions(current, before, current.status);
  if (worth_writing(entry.written, current.status)) {
    if (auto written = sink_.write(current); written) {
      entry.written = current.status;
    } else {
      log_.error("status could not be written", {{"sync", to_text(ref)}, {"error", written.error().message}});
    }
  }
  return object.meta.deleting && deletion_is_done(current, entry);
}

bool StatusBoard::deletion_is_done(const model::CertSync& sync, const SyncEntry& entry) {
  std::vector<plan::ReleaseTarget> targets;
  for (const auto& name : store_.appliances_of(sync)) {
    plan::ReleaseTarget target;
    target.appliance = name;
    if (const auto report = entry.reports.find(name); report != entry.reports.end()) {
      target.removed = report->second.outcome.removed;
      target.unreachable = report->second.unreachable();
    }
    const auto appliance = store_.appliance(name);
    target.gone = appliance == nullptr;
    if (appliance != nullptr) {
      const auto access = store_.access_to(*appliance);
      target.forbidden = plan::Permit(access, sync.meta.ref.space).refusal(name, sync).has_value();
      target.timeout = appliance->spec.deletion_timeout;
    }
    targets.push_back(std::move(target));
  }
  const auto release = plan::release(sync, targets, clock_.now());
  for (const auto& left : release.left) {
    events_.say({ports::EventType::Warning, kSyncKind, sync.meta.ref, "LeftBehind", "Delete",
                 left.appliance + ": " + left.note});
    if (store_.appliance(left.appliance) == nullptr) continue;
    events_.say({ports::EventType::Warning,
                 kApplianceKind,
                 {"", left.appliance},
                 "LeftBehind",
                 "Delete",
                 "NetScalerCertSync " + to_text(sync.meta.ref) + " is deleted; " + left.note});
  }
  return release.done;
}

void StatusBoard::say_transitions(const model::CertSync& sync, const model::CertSyncStatus& before,
                                  const model::CertSyncStatus& after) {
  const auto* ready = model::find_condition(after.conditions, "Ready");
  if (ready != nullptr && text_of(before.conditions, "Ready") != text_of(after.conditions, "Ready")) {
    if (has_problem(*ready)) {
      events_.say({ports::EventType::Warning, kSyncKind, sync.meta.ref, ready->reason, "Sync", ready->message});
    } else if (is_true(after.conditions, "Ready") && !is_true(before.conditions, "Ready")) {
      events_.say({ports::EventType::Normal, kSyncKind, sync.meta.ref, ready->reason, "Sync", ready->message});
    }
  }
  const auto* verified = model::find_condition(after.conditions, "Verified");
  if (verified != nullptr && verified->status == model::ConditionStatus::False &&
      text_of(before.conditions, "Verified") != text_of(after.conditions, "Verified")) {
    events_.say({ports::EventType::Warning, kSyncKind, sync.meta.ref, verified->reason, "Verify", verified->message});
  }
}

void StatusBoard::report(const model::Appliance& appliance, const plan::ApplianceOutcome& outcome,
                         const std::optional<std::vector<ports::CertKeySeries>>& certkeys) {
  std::lock_guard lock(mutex_);
  const std::string name = appliance.meta.ref.name;
  const bool first = appliances_.count(name) == 0;
  auto& entry = appliances_[name];
  model::Appliance current = appliance;
  if (!first) current.status = entry.status;
  const model::ApplianceStatus before = current.status;
  current.status = plan::summarise(current, outcome, clock_.now());
  entry.status = current.status;
  recorder_.appliance(current, certkeys);
  const auto* ready = model::find_condition(current.status.conditions, "Ready");
  if (ready != nullptr && text_of(before.conditions, "Ready") != text_of(current.status.conditions, "Ready") &&
      has_problem(*ready)) {
    events_.say({ports::EventType::Warning, kApplianceKind, appliance.meta.ref, ready->reason, "Sync", ready->message});
  }
  if (!worth_writing(entry.written, current.status)) return;
  if (auto written = sink_.write(current); written) {
    entry.written = current.status;
  } else {
    log_.error("status could not be written", {{"appliance", name}, {"error", written.error().message}});
  }
}

}  // namespace certsync::engine
