// Waits for nothing: moves the test's clock instead, and remembers.
#pragma once

#include <string>

#include "base/sleeper.h"
#include "base/time_text.h"
#include "support/manual_clock.h"

namespace certsync::kube::test {

/// One thread at a time.
class TestSleeper final : public Sleeper {
 public:
  explicit TestSleeper(support::ManualClock& clock) : clock_(clock) {}
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) override {
    if (stop.stop_requested()) return false;
    slept_ += (slept_.empty() ? "" : " ") + to_duration_text(duration);
    clock_.advance(duration);
    return true;
  }
  /// "800ms 1s600ms"
  const std::string& slept() const { return slept_; }

 private:
  support::ManualClock& clock_;
  std::string slept_;
};

}  // namespace certsync::kube::test
