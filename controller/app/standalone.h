// The standalone mode: a directory of manifests is the source, files are the status.
#pragma once

#include "app/options.h"
#include "base/log.h"

namespace certsync::app {

/// Until a signal, or once. The exit code.
int run_standalone(const RunOptions& options, const Logger& log);

}  // namespace certsync::app
