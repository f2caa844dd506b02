// `certsync plan`.
#pragma once

#include "app/options.h"

namespace certsync::app {

/// What would be done, to stdout; nothing is written to an appliance. Exit code: 0 nothing, 2 something, 1 an appliance
/// could not be looked at or something cannot be done, 3 bad usage.
int plan(const PlanOptions& options);

}  // namespace certsync::app
