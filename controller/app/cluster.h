// The operator in a cluster, or beside one with a kubeconfig: the API server is the source, Events and status go there,
// a Lease says who writes.
#pragma once

#include "app/options.h"
#include "base/log.h"

namespace certsync::app {

/// Until a signal, or once. The exit code.
int run_in_cluster(const RunOptions& options, const Logger& log);

}  // namespace certsync::app
