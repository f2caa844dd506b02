// A clock that stands still until a test moves it. Both times move together.
#pragma once

#include <mutex>

#include "base/clock.h"

namespace support {

/// Thread-safe.
class ManualClock final : public certsync::Clock {
 public:
  /// 2026-01-01T00:00:00Z
  static constexpr std::chrono::seconds kStart{1'767'225'600};

  certsync::TimePoint now() const override {
    std::lock_guard lock(mutex_);
    return certsync::TimePoint(kStart) + passed_;
  }
  certsync::SteadyPoint steady() const override {
    std::lock_guard lock(mutex_);
    return certsync::SteadyPoint(kStart) + passed_;
  }
  void advance(std::chrono::milliseconds by) {
    std::lock_guard lock(mutex_);
    passed_ += by;
  }

 private:
  mutable std::mutex mutex_;
  std::chrono::milliseconds passed_{0};
};

}  // namespace support
