#include "plan/rollout.h"

namespace certsync::plan {
namespace {

Error waiting(std::string message) {
  return {ErrorKind::Wait, Reason::WaitingForRollout, std::move(message)};
}

}  // namespace

RolloutDecision roll_on(const std::vector<Progress>& earlier, SteadyPoint now) {
  RolloutDecision decision;
  for (const auto& one : earlier) {
    switch (one.state) {
      case Progress::State::Done:
      case Progress::State::Gone:
        continue;
      case Progress::State::Working:
        decision.wait =
            waiting("waits for " + one.appliance + ", which comes first" + (one.note.empty() ? "" : ": " + one.note));
        return decision;
      case Progress::State::Stopped:
        decision.wait = waiting("the roll-out stopped at " + one.appliance + ": " + one.note);
        return decision;
      case Progress::State::Unreachable:
        if (now - one.since >= kPassedOverAfter) {
          decision.skipped.push_back(one.appliance);
          continue;
        }
        decision.wait =
            waiting("waits for " + one.appliance + ", which cannot be reached; it is passed over after 1 h");
        decision.again = one.since + kPassedOverAfter;
        return decision;
    }
  }
  return decision;
}

}  // namespace certsync::plan
