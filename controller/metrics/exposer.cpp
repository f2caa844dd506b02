#include "metrics/exposer.h"

#include <utility>

namespace certsync::metrics {

Result<std::unique_ptr<http::Server>> serve_metrics(http::ServerOptions options, const PrometheusRecorder& recorder,
                                                    const Logger& log) {
  return http::Server::start(
             std::move(options),
             [&recorder](const std::string& path) -> http::Reply {
               if (path != "/metrics") return {404, "text/plain; charset=utf-8", "metrics are at /metrics\n"};
               return {200, "text/plain; version=0.0.4; charset=utf-8", recorder.text()};
             },
             log)
      .map_error([](Error error) {
        // A file for TLS is named with its own flag.
        if (!error.message.starts_with("--")) error.message = "--metrics-address: " + error.message;
        return error;
      });
}

}  // namespace certsync::metrics
