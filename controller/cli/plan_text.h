// What would be done, as people and programs read it. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/plan_view.h"

namespace certsync::cli {

/// One appliance; without a view it could not be looked at.
struct AppliancePlan {
  std::string name;
  std::optional<engine::PlanView> view;
  /// Why there is none.
  std::string reason;
  std::string message;
};

struct EstatePlan {
  std::vector<AppliancePlan> appliances;
  /// Of resources, beside those that an appliance's plan has.
  std::vector<plan::Problem> problems;
};

enum class PlanOutput { Words, Requests, Json };

/// docs/commands.md describes the JSON.
std::string to_text(const EstatePlan& estate, PlanOutput output);

/// 0 nothing to do, 2 something, 1 where an appliance could not be looked at, or something wanted cannot be done.
int exit_code(const EstatePlan& estate);

/// Why a step is there, in words: "holds another certificate: serial 1A, until 2027-01-25".
std::string reason_of(const plan::Step& step, const engine::PlanView& view);

}  // namespace certsync::cli
