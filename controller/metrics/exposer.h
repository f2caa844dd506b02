// Serves /metrics by prometheus-cpp.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "metrics/prometheus_recorder.h"

namespace certsync::metrics {

class Exposer {
 public:
  /// `address`: "host:port", ":8080" or "127.0.0.1:0" (any free port). Error Stalled/SpecInvalid when it cannot listen.
  static Result<std::unique_ptr<Exposer>> start(const std::string& address, const PrometheusRecorder& recorder);
  ~Exposer();

  int port() const;

 private:
  struct Impl;
  explicit Exposer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace certsync::metrics
