// How many are inside at once, whoever they are.
#include "nitro/turnstile.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace certsync::nitro {
namespace {

TEST(Turnstile, LetsNoMoreThanTheLimitIn) {
  Turnstile turnstile;
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 200; ++n) {
          const auto pass = turnstile.enter(3, {});
          const int now = ++inside;
          for (int before = most; now > before && !most.compare_exchange_weak(before, now);) {
          }
          --inside;
        }
      });
    }
  }

  EXPECT_GE(most, 1);
  EXPECT_LE(most, 3);
}

TEST(Turnstile, AStopWaitsForNobody) {
  Turnstile turnstile;
  const auto first = turnstile.enter(1, {});
  std::stop_source stop;
  stop.request_stop();

  bool entered = false;
  {
    const auto second = turnstile.enter(1, stop.get_token());
    entered = true;
  }

  EXPECT_TRUE(entered);
}

}  // namespace
}  // namespace certsync::nitro
