#include "base/clock.h"

#include <ctime>

namespace certsync {
namespace {

class SystemClock final : public Clock {
 public:
  TimePoint now() const override { return std::chrono::system_clock::now(); }
  SteadyPoint steady() const override { return std::chrono::steady_clock::now(); }
};

class BootClock final : public Clock {
 public:
  TimePoint now() const override { return std::chrono::system_clock::now(); }
  SteadyPoint steady() const override {
    timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return SteadyPoint(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  }
};

}  // namespace

std::unique_ptr<Clock> make_boot_clock() {
  return std::make_unique<BootClock>();
}

std::unique_ptr<Clock> make_system_clock() {
  return std::make_unique<SystemClock>();
}

}  // namespace certsync
