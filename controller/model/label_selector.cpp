#include "model/label_selector.h"

#include <algorithm>

namespace certsync::model {
namespace {

bool holds(const LabelRequirement& requirement, const Labels& labels) {
  const auto found = labels.find(requirement.key);
  const bool present = found != labels.end();
  const auto listed = [&] {
    return std::find(requirement.values.begin(), requirement.values.end(), found->second) != requirement.values.end();
  };
  switch (requirement.op) {
    case LabelOperator::In:
      return present && listed();
    case LabelOperator::NotIn:
      return !present || !listed();
    case LabelOperator::Exists:
      return present;
    case LabelOperator::DoesNotExist:
      return !present;
  }
  return false;
}

}  // namespace

bool LabelSelector::matches(const Labels& labels) const {
  const auto label_equals = [&](const auto& wanted) {
    const auto found = labels.find(wanted.first);
    return found != labels.end() && found->second == wanted.second;
  };
  return std::all_of(match_labels.begin(), match_labels.end(), label_equals) &&
         std::all_of(match_expressions.begin(), match_expressions.end(),
                     [&](const auto& requirement) { return holds(requirement, labels); });
}

}  // namespace certsync::model
