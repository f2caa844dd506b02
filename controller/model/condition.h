// Status conditions as the Kubernetes API conventions define them: the transition time moves only with the status.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace certsync::model {

enum class ConditionStatus { True, False, Unknown };

std::string_view to_text(ConditionStatus status);

struct Condition {
  std::string type;
  ConditionStatus status = ConditionStatus::Unknown;
  std::string reason;
  std::string message;
  std::int64_t observed_generation = 0;
  TimePoint last_transition{};

  bool operator==(const Condition&) const = default;
};

using Conditions = std::vector<Condition>;

/// Writes `condition` into the list. `condition.last_transition` is taken only when the status differs from before.
void set_condition(Conditions& conditions, Condition condition);

const Condition* find_condition(const Conditions& conditions, std::string_view type);

}  // namespace certsync::model
