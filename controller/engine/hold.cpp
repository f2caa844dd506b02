// What is left alone in this pass, though it differs from the wish: by policy (drift, windows, roll-outs) or by
// prudence (another writer, too many updates, a roll-back).
#include "engine/pass.h"
#include "model/naming.h"
#include "plan/deploy_time.h"
#include "plan/rollout.h"

namespace certsync::engine {

void Pass::look_again_at(SteadyPoint time) {
  if (!look_again_ || time < *look_again_) look_again_ = time;
}

void Pass::look_again_at(TimePoint time) {
  look_again_at(parts_.clock.steady() + std::chrono::ceil<SteadyPoint::duration>(time - parts_.clock.now()));
}

void Pass::hold_back(const plan::Plan& plan) {
  std::map<std::string, Touch> touched;
  for (const auto& step : plan.steps) {
    auto& touch = touched[step.group];
    touch.steps.insert(plan::to_text(step));
    const bool update = std::holds_alternative<plan::UpdateCertKey>(step.action);
    touch.updates = touch.updates || update;
    touch.sets_certificate = touch.sets_certificate || update || std::holds_alternative<plan::AddCertKey>(step.action);
    touch.disturbs = touch.disturbs || !step.disturbs.empty();
    if (const auto* bind = std::get_if<plan::Bind>(&step.action); bind != nullptr && !bind->replaces.empty()) {
      touch.replaces.insert(bind->replaces);
    }
  }
  std::set<std::string> names;
  for (const auto& certkey : plan.certkeys) {
    names.insert(certkey.name);
    if (forgiven_.count(certkey.ref()) != 0) {
      memory_.guard.forgive(certkey.name);
      memory_.rolled_back.erase(certkey.name);
    }
    // Who only shows the plan wants to know what would wait.
    const bool nobody_writes = options_.read_only && !options_.on_plan;
    const bool idle =
        certkey.sync->spec.suspend || certkey.sync->spec.dry_run || nobody_writes || appliance_->spec.suspend;
    const auto touch = touched.find(certkey.name);
    if (idle || touch == touched.end()) continue;
    if (auto reason = judge(certkey, touch->second)) hold(certkey, std::move(*reason));
  }
  memory_.guard.forget_all_but(names);
  std::erase_if(memory_.rolled_back, [&](const auto& entry) { return names.count(entry.first) == 0; });
}

// What has begun may be given up half way: going back is then our own correction, and nobody's drift.
void Pass::note_changes(const PerformReport& report) {
  std::set<std::string> changed;
  for (const auto& step : report.done)
    changed.insert(step.group);
  for (const auto& [group, error] : report.failed) {
    if (error.kind == ErrorKind::Unknown) changed.insert(group);
  }
  for (const auto& certkey : plan_.certkeys) {
    if (changed.count(certkey.name) != 0) memory_.guard.leaves(certkey.name, signature_of(certkey));
  }
}

void Pass::hold(const plan::WantedCertKey& certkey, Hold reason) {
  if (waits_its_turn(reason.error.reason)) memory_.waited.insert(certkey.name);
  held_wants_.emplace(std::pair(certkey.ref(), certkey.secret), reason.error.reason);
  held_[certkey.name] = std::move(reason);
}

std::optional<Pass::Hold> Pass::judge(const plan::WantedCertKey& certkey, const Touch& touch) {
  const auto rolled_back = memory_.rolled_back.find(certkey.name);
  if (rolled_back != memory_.rolled_back.end() && rolled_back->second.content == signature_of(certkey)) {
    return Hold{rolled_back->second.error};
  }
  const auto drift = drift_of(certkey, touch);
  if (!drift.empty()) {
    parts_.recorder.drift_detected(name());
    parts_.events.say(
        {ports::EventType::Warning, "NetScalerCertSync", certkey.ref(), "Drifted", "Observe", name() + ": " + drift});
    if (certkey.sync->spec.drift_policy == model::DriftPolicy::Detect) {
      return Hold{{ErrorKind::Stalled, Reason::Drifted, drift}, drift};
    }
  }
  // What was in place already is put back at once, wherever the roll-out stands.
  if (touch.sets_certificate && drift.empty()) {
    if (auto rollout = judge_rollout(certkey, touch)) return rollout;
  }
  if (touch.disturbs) {
    if (auto window = judge_window(certkey, touch)) return window;
  }
  // Counted last: what waits has not been corrected.
  if (!drift.empty()) {
    if (auto fight = judge_fight(certkey, drift)) return fight;
  }
  return touch.updates ? judge_throttle(certkey) : std::nullopt;
}

std::string Pass::drift_of(const plan::WantedCertKey& certkey, const Touch& touch) const {
  if (!memory_.guard.is_drift(certkey.name, signature_of(certkey))) return "";
  std::string text = "certkey " + certkey.name + " was changed by somebody else; to mend it: ";
  for (const auto& step : touch.steps)
    text += step + "; ";
  text.resize(text.size() - 2);
  return text;
}

std::optional<Pass::Hold> Pass::judge_fight(const plan::WantedCertKey& certkey, const std::string& drift) {
  if (memory_.guard.may_correct(certkey.name, parts_.clock.steady())) return std::nullopt;
  return Hold{{ErrorKind::Stalled, Reason::AnotherWriter,
               "certkey " + certkey.name +
                   " had to be corrected more than 3 times within an hour: somebody else writes it too; find out who, "
                   "then change " +
                   model::kSyncRequestedAt},
              drift};
}

// The first end among the certificates that give way: the certkey's own, or those that it is bound over.
std::optional<TimePoint> Pass::installed_until(const plan::WantedCertKey& certkey, const Touch& touch) const {
  std::set<std::string> leaving = touch.replaces;
  if (leaving.empty() || touch.updates) leaving.insert(certkey.name);
  std::optional<TimePoint> until;
  for (const auto& name : leaving) {
    const auto installed = seen_.certkeys.find(name);
    if (installed == seen_.certkeys.end() || !installed->second.not_after) continue;
    if (!until || *installed->second.not_after < *until) until = installed->second.not_after;
  }
  return until;
}

bool Pass::asked_to_deploy_now(const plan::WantedCertKey& certkey) const {
  const auto asked = model::annotation(certkey.sync->meta, model::kDeployNow);
  const auto honoured = memory_.deployed_now.find(certkey.ref());
  return !asked.empty() && asked != certkey.sync->status.last_handled_deploy_now &&
         (honoured == memory_.deployed_now.end() || honoured->second != asked);
}

std::optional<Pass::Hold> Pass::judge_rollout(const plan::WantedCertKey& certkey, const Touch& touch) {
  if (certkey.sync->spec.rollout != model::RolloutStrategy::OneByOne || asked_to_deploy_now(certkey)) {
    return std::nullopt;
  }
  const auto until = installed_until(certkey, touch);
  const auto urgent = std::max<std::chrono::milliseconds>(
      plan::urgent_before(appliance_->spec.deploy_windows, certkey.sync->spec.deploy_windows),
      model::kDefaultUrgentBefore);
  if (until && *until - parts_.clock.now() <= urgent) return std::nullopt;
  if (until) look_again_at(*until - urgent);
  auto decision = plan::roll_on(
      parts_.board.progress_before(name(), *certkey.sync, certkey.secret_name(), certkey.chain->leaf->sha256),
      parts_.clock.steady());
  if (decision.again) look_again_at(*decision.again);
  if (decision.wait) {
    decision.wait->message = "certkey " + certkey.name + " " + decision.wait->message;
    return Hold{*decision.wait};
  }
  for (const auto& skipped : decision.skipped) {
    parts_.events.say({ports::EventType::Warning, "NetScalerCertSync", certkey.ref(), "RolloutSkipped", "Deploy",
                       name() + ": goes on without " + skipped + ", which has been unreachable for an hour"});
  }
  return std::nullopt;
}

std::optional<Pass::Hold> Pass::judge_window(const plan::WantedCertKey& certkey, const Touch& touch) {
  const auto decision = plan::decide({appliance_->spec.deploy_windows, certkey.sync->spec.deploy_windows,
                                      installed_until(certkey, touch), asked_to_deploy_now(certkey)},
                                     parts_.clock.now());
  if (decision.go()) return std::nullopt;
  if (decision.at) look_again_at(*decision.at);
  const bool never = decision.verdict == plan::DeployVerdict::Unsatisfiable;
  return Hold{
      {never ? ErrorKind::Stalled : ErrorKind::Wait, never ? Reason::WindowUnsatisfiable : Reason::WaitingForWindow,
       "certkey " + certkey.name + ": " + decision.message},
      {},
      decision.at};
}

std::optional<Pass::Hold> Pass::judge_throttle(const plan::WantedCertKey& certkey) {
  const auto now = parts_.clock.steady();
  if (memory_.guard.may_disturb(certkey.name, now)) return std::nullopt;
  look_again_at(memory_.guard.next_disturbance(certkey.name, now));
  return Hold{{ErrorKind::Wait, Reason::UpdateThrottled,
               "certkey " + certkey.name +
                   " was updated 3 times within minutes; the next update waits, since each one cuts live connections"}};
}

}  // namespace certsync::engine
