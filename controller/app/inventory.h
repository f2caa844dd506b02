// `certsync inventory`.
#pragma once

#include "app/options.h"

namespace certsync::app {

/// The inventory to stdout, progress and what went wrong to stderr. Exit code: 0 all appliances were seen, 1 not, 3 bad
/// usage.
int inventory(const InventoryOptions& options);

}  // namespace certsync::app
