// The appliances of a story, as story.h describes them.
#pragma once

#include <string>

#include "sim/options.h"

namespace YAML {
class Node;
}

namespace scenarios {

/// `targets`: the entry of one box under `boxes` or `pairs`; what holds for all boxes stands under `options`.
sim::Options box_options(const YAML::Node& story, const YAML::Node& targets);

}  // namespace scenarios
