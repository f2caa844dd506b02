#include "model/condition.h"

#include <algorithm>

namespace certsync::model {

std::string_view to_text(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::True:
      return "True";
    case ConditionStatus::False:
      return "False";
    case ConditionStatus::Unknown:
      return "Unknown";
  }
  return "Unknown";
}

void set_condition(Conditions& conditions, Condition condition) {
  const auto same_type = [&](const Condition& other) { return other.type == condition.type; };
  const auto found = std::find_if(conditions.begin(), conditions.end(), same_type);
  if (found == conditions.end()) {
    conditions.push_back(std::move(condition));
    return;
  }
  if (found->status == condition.status) condition.last_transition = found->last_transition;
  *found = std::move(condition);
}

const Condition* find_condition(const Conditions& conditions, std::string_view type) {
  const auto found =
      std::find_if(conditions.begin(), conditions.end(), [&](const Condition& one) { return one.type == type; });
  return found == conditions.end() ? nullptr : &*found;
}

}  // namespace certsync::model
