// What a pass would do, for commands that show it. Plain data.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/appliance.h"
#include "model/appliance_state.h"
#include "plan/diff.h"

namespace certsync::engine {

/// Why a certkey would be left alone for now, and until when, where a window says so.
struct Waits {
  Error error;
  std::optional<TimePoint> until = {};
};

struct PlanView {
  model::Appliance appliance;
  /// Everything that is wanted, what waits included.
  plan::Plan plan;
  /// By certkey, as in Step::group.
  std::map<std::string, Waits> waits;
  model::ApplianceState seen;
};

}  // namespace certsync::engine
