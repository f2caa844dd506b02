// Kubernetes label selectors: matchLabels and matchExpressions, all of which must hold.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
#pragma once

#include <string>
#include <vector>

#include "model/object.h"

namespace certsync::model {

enum class LabelOperator { In, NotIn, Exists, DoesNotExist };

struct LabelRequirement {
  std::string key;
  LabelOperator op = LabelOperator::In;
  std::vector<std::string> values;

  bool operator==(const LabelRequirement&) const = default;
};

struct LabelSelector {
  Labels match_labels;
  std::vector<LabelRequirement> match_expressions;

  /// An empty selector matches everything, as in Kubernetes.
  bool matches(const Labels& labels) const;
  bool operator==(const LabelSelector&) const = default;
};

}  // namespace certsync::model
