// Time comes in through this port; SystemClock is named only where the object graph is built.
#pragma once

#include <chrono>
#include <memory>

namespace certsync {

using TimePoint = std::chrono::system_clock::time_point;
using SteadyPoint = std::chrono::steady_clock::time_point;

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time: for certificates, status and logs.
  virtual TimePoint now() const = 0;
  /// Never jumps: for deadlines, back-off and leases.
  virtual SteadyPoint steady() const = 0;
};

std::unique_ptr<Clock> make_system_clock();
/// As the system's, but steady() goes on while the machine sleeps (CLOCK_BOOTTIME): for what others count on, a lease.
/// Its steady points are not to be mixed with those of another clock.
std::unique_ptr<Clock> make_boot_clock();

}  // namespace certsync
