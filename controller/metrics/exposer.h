// Serves /metrics.
#pragma once

#include <memory>

#include "base/result.h"
#include "http/server.h"
#include "metrics/prometheus_recorder.h"

namespace certsync::metrics {

/// Error Stalled/SpecInvalid when it cannot listen, or the files for TLS cannot be used.
Result<std::unique_ptr<http::Server>> serve_metrics(http::ServerOptions options, const PrometheusRecorder& recorder,
                                                    const Logger& log);

}  // namespace certsync::metrics
