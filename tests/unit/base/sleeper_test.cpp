#include "base/sleeper.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/locked.h"

namespace certsync {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(Sleeper, WaitsToTheEnd) {
  EXPECT_TRUE(make_system_sleeper()->sleep(milliseconds(1), {}));
  EXPECT_TRUE(make_system_sleeper()->sleep(milliseconds(0), {}));
}

TEST(Sleeper, StopThatCameBeforeDoesNotWait) {
  std::stop_source source;
  source.request_stop();

  EXPECT_FALSE(make_system_sleeper()->sleep(hours(1), source.get_token()));
}

TEST(Sleeper, StopWakesEverySleeper) {
  const auto sleeper = make_system_sleeper();
  std::stop_source source;
  Locked<int> woken(0);
  {
    std::vector<std::jthread> sleepers;
    sleepers.reserve(4);
    for (int i = 0; i < 4; ++i) {
      sleepers.emplace_back([&] {
        if (!sleeper->sleep(hours(1), source.get_token())) woken.with([](int& count) { ++count; });
      });
    }
    source.request_stop();
  }

  EXPECT_EQ(woken.with([](int count) { return count; }), 4);
}

}  // namespace
}  // namespace certsync
