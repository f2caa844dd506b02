#include "plan/backoff.h"

#include <gtest/gtest.h>

namespace certsync::plan {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesUpToTheLongest) {
  const BackoffOptions options{milliseconds(1000), milliseconds(10'000)};
  const auto longest_after = [&](int failures) { return backoff(failures, 1, options).count(); };

  EXPECT_EQ(longest_after(1), 1000);
  EXPECT_EQ(longest_after(2), 2000);
  EXPECT_EQ(longest_after(4), 8000);
  EXPECT_EQ(longest_after(5), 10'000);
  EXPECT_EQ(longest_after(1'000'000'000), 10'000);
}

TEST(Backoff, LastFifthIsSpread) {
  const BackoffOptions options{milliseconds(1000), milliseconds(10'000)};

  EXPECT_EQ(backoff(1, 0, options), milliseconds(800));
  EXPECT_EQ(backoff(1, 0.5, options), milliseconds(900));
  EXPECT_EQ(backoff(9, 0, options), milliseconds(8000));
}

TEST(Backoff, FirstAboveTheLongestIsTheLongest) {
  EXPECT_EQ(backoff(1, 1, {milliseconds(50), milliseconds(20)}), milliseconds(20));
}

}  // namespace
}  // namespace certsync::plan
