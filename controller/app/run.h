// Builds the object graph of `certsync run` and runs it.
#pragma once

#include "app/options.h"

namespace certsync::app {

/// Exit code.
int run(const RunOptions& options);

}  // namespace certsync::app
