// Waiting, as a port: so that tests wait for nothing.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

namespace certsync {

/// Thread-safe.
class Sleeper {
 public:
  virtual ~Sleeper() = default;
  /// Waits; false as soon as a stop is requested.
  virtual bool sleep(std::chrono::milliseconds duration, std::stop_token stop) = 0;
};

std::unique_ptr<Sleeper> make_system_sleeper();

}  // namespace certsync
