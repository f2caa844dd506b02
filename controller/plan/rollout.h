// rollout OneByOne: the next appliance gets a certificate only after the one before serves it. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace certsync::plan {

/// How the same certificate stands on an appliance that comes earlier in the order.
struct Progress {
  enum class State {
    Done,         // installed there, and nothing says that something else is served
    Working,      // on the way, or waiting for its own window
    Stopped,      // failed, or an endpoint there serves something else
    Unreachable,  // the appliance cannot be looked at
    Gone,         // there is no such appliance
  };
  std::string appliance;
  State state = State::Working;
  /// For people: what it waits for, or what stopped it.
  std::string note;
  /// Of Unreachable: since when.
  SteadyPoint since{};
};

/// How long an unreachable appliance is waited for.
inline constexpr std::chrono::hours kPassedOverAfter{1};

struct RolloutDecision {
  /// Nothing = go on.
  std::optional<Error> wait;
  /// Passed over, since they have been unreachable for long.
  std::vector<std::string> skipped;
  /// When waiting may end by itself.
  std::optional<SteadyPoint> again;
};

/// `earlier`: the appliances before this one, in order.
RolloutDecision roll_on(const std::vector<Progress>& earlier, SteadyPoint now);

}  // namespace certsync::plan
