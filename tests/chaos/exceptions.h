// Where a state that was reached through a chain may differ from the same resource on an empty appliance, and by which
// promise. Everything else that differs is a defect.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "chaos/stage.h"

namespace chaos {

/// Why the syncs are not ready, by name.
using Reasons = std::map<std::string, std::set<std::string>>;

/// What the exceptions may look at.
struct Context {
  const Json& sync;
  const Json& appliance;
  /// The sync is deleted, and kept its things there: deletionPolicy Retain, or it had to leave them behind.
  bool deleted = false;
  bool left_behind = false;
  /// Of the chained one and of the fresh one.
  Reasons reasons;
  Reasons fresh_reasons;
  /// Of the chained one before this transition, after it, and of the fresh one.
  const Facts& before;
  const Facts& chained;
  const Facts& fresh;
  /// Every fact that this chain has seen.
  const Facts& ever;
  /// Every form of the sync that was in force in this chain, the present one included.
  const std::vector<Json>& forms;
  /// What was there when the sync was last deleted.
  const Facts& left;
};

struct Exception {
  const char* name;
  /// Where the promise stands, and what it says.
  const char* why;
  bool (*covers)(const Context& context, const Difference& difference);
};

const std::vector<Exception>& exceptions();

}  // namespace chaos
