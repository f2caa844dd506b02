// Exponential back-off with jitter, pure: the caller brings the random number.
#pragma once

#include <chrono>

namespace certsync::plan {

struct BackoffOptions {
  std::chrono::milliseconds first{1000};
  std::chrono::milliseconds longest{std::chrono::minutes(5)};
};

/// Waiting time before try `failures` + 1 (failures >= 1): first × 2^(failures-1), at most `longest`, of which the last
/// fifth is spread by `random` in [0, 1).
std::chrono::milliseconds backoff(int failures, double random, BackoffOptions options = {});

}  // namespace certsync::plan
