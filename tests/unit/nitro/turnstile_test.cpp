// How many are inside at once, whoever they are.
#include "nitro/turnstile.h"

#include <atomic>
#include <chrono>
#include <future>
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
          std::this_thread::yield();  // room for one too many to come in
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

  std::promise<void> entered;
  std::jthread late([&] {
    const auto second = turnstile.enter(1, stop.get_token());
    entered.set_value();
  });

  EXPECT_EQ(entered.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

}  // namespace
}  // namespace certsync::nitro
