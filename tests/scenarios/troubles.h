// What may go wrong with one request, for the campaigns.
#pragma once

#include <string>
#include <vector>

#include "sim/faults.h"

namespace scenarios {

struct Trouble {
  std::string name;
  sim::FaultRule rule;
  /// Ready's reason while the trouble lasts for ever; empty = not asked.
  std::string reason;
};

const std::vector<Trouble>& troubles();

}  // namespace scenarios
