#include "plan/backoff.h"

#include <algorithm>

namespace certsync::plan {

std::chrono::milliseconds backoff(int failures, double random, BackoffOptions options) {
  constexpr double kFixedPart = 0.8;
  auto wait = options.first;
  for (int i = 1; i < failures && wait < options.longest; ++i)
    wait *= 2;
  wait = std::min(wait, options.longest);
  const double spread = kFixedPart + (1 - kFixedPart) * random;
  return std::chrono::milliseconds(static_cast<long long>(static_cast<double>(wait.count()) * spread));
}

}  // namespace certsync::plan
