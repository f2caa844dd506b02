// `certsync check`.
#pragma once

#include "app/options.h"

namespace certsync::app {

/// What was found to stdout. Exit code: 0 all is well, 1 something is not, 3 bad usage.
int check(const CheckOptions& options);

}  // namespace certsync::app
