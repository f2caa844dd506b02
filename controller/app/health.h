// /healthz and /readyz, for probes. Each check is also at /healthz/NAME; failures answer 500 with a list, as
// controller-runtime does.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "http/server.h"

namespace certsync::app {

struct HealthCheck {
  std::string name;
  std::function<bool()> healthy;
};

struct HealthChecks {
  std::vector<HealthCheck> live;
  std::vector<HealthCheck> ready;
};

/// What is answered at a path.
http::Reply health_reply(const HealthChecks& checks, const std::string& path);

/// `address` as for http::Server. Error Stalled/SpecInvalid when it cannot listen.
Result<std::unique_ptr<http::Server>> serve_health(const std::string& address, HealthChecks checks, const Logger& log);

}  // namespace certsync::app
