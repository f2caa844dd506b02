#include "metrics/exposer.h"

#include <utility>

namespace certsync::metrics {

Result<std::unique_ptr<http::Server>> serve_metrics(http::ServerOptions options, const PrometheusRecorder& recorder,
                                                    const Logger& log) {
  options.flags = "--metrics";
  return http::Server::start(
      std::move(options),
      [&recorder](const std::string& path) -> http::Reply {
        if (path != "/metrics") return {404, "text/plain; charset=utf-8", "metrics are at /metrics\n"};
        return {200, "text/plain; version=0.0.4; charset=utf-8", recorder.text()};
      },
      log);
}

}  // namespace certsync::metrics
