// /healthz and /readyz, for probes. Each check is also at /healthz/NAME; failures answer 500 with a list, as
// controller-runtime does.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace certsync::app {

struct HealthCheck {
  std::string name;
  std::function<bool()> healthy;
};

class HealthServer {
 public:
  /// `address`: "host:port", ":8081", port 0 takes a free one. Error Stalled/SpecInvalid when it cannot listen.
  static Result<std::unique_ptr<HealthServer>> start(const std::string& address, std::vector<HealthCheck> live,
                                                     std::vector<HealthCheck> ready);
  ~HealthServer();
  int port() const;

 private:
  struct Impl;
  explicit HealthServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace certsync::app
