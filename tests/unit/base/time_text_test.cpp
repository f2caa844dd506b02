#include "base/time_text.h"

#include <gtest/gtest.h>

namespace certsync {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// 2026-11-23T03:04:05Z
constexpr TimePoint kTime{seconds(1'795'403'045)};

TEST(TimeText, WritesUtcInWholeSeconds) {
  EXPECT_EQ(to_rfc3339(kTime), "2026-11-23T03:04:05Z");
  EXPECT_EQ(to_rfc3339(kTime + milliseconds(999)), "2026-11-23T03:04:05Z");
  EXPECT_EQ(to_rfc3339(TimePoint{}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(TimePoint{} - milliseconds(1)), "1969-12-31T23:59:59Z");
}

struct Written {
  const char* name;
  const char* text;
  milliseconds after;
};

class Rfc3339 : public testing::TestWithParam<Written> {};

TEST_P(Rfc3339, IsRead) {
  EXPECT_EQ(from_rfc3339(GetParam().text), kTime + GetParam().after) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(TimeText, Rfc3339,
                         testing::Values(Written{"Utc", "2026-11-23T03:04:05Z", milliseconds(0)},
                                         Written{"East", "2026-11-23T04:04:05+01:00", milliseconds(0)},
                                         Written{"West", "2026-11-22T21:34:05-05:30", milliseconds(0)},
                                         Written{"ZeroOffset", "2026-11-23T03:04:05+00:00", milliseconds(0)},
                                         Written{"Milliseconds", "2026-11-23T03:04:05.250Z", milliseconds(250)},
                                         Written{"Tenths", "2026-11-23T03:04:05.5Z", milliseconds(500)},
                                         Written{"FractionAndOffset", "2026-11-23T04:04:05.250+01:00",
                                                 milliseconds(250)}),
                         [](const auto& row) { return row.param.name; });

class NotRfc3339 : public testing::TestWithParam<const char*> {};

TEST_P(NotRfc3339, IsRefused) {
  EXPECT_EQ(from_rfc3339(GetParam()), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(TimeText, NotRfc3339,
                         testing::Values("", "now", "2026-11-23", "2026-11-23T03:04:05", "2026-11-23 03:04:05Z",
                                         "2026-13-23T03:04:05Z", "2026-02-30T03:04:05Z", "2026-11-23T25:04:05Z",
                                         "2026-11-23T03:60:05Z", "2026-11-23T03:04:05Zjunk", "2026-11-23T03:04:05Z ",
                                         "2026-11-23T03:04:05+", "2026-11-23T03:04:05.Z", "2026-11-23T03:04",
                                         "2026-11-23T03000::0Z", "2026-1-3T3:4:5Z", "+026-11-23T03:04:05Z",
                                         "2026-11-23T03:04:60Z"));

// To read the year 9999 as 1816 would make certificates that never end end long ago.
TEST(TimeText, BeyondNanosecondsIsTheNearestTime) {
  const auto read = [](const char* text) { return to_rfc3339(from_rfc3339(text).value()); };

  EXPECT_EQ(read("9999-12-31T23:59:59Z"), "2262-04-11T23:47:16Z");
  EXPECT_EQ(read("2262-04-11T23:47:17Z"), "2262-04-11T23:47:16Z");
  EXPECT_EQ(read("2262-04-11T23:47:16.999Z"), "2262-04-11T23:47:16Z");
  EXPECT_EQ(read("2262-04-11T23:47:15.999Z"), "2262-04-11T23:47:15Z");
  EXPECT_EQ(read("0001-01-01T00:00:00.5+01:00"), "1677-09-21T00:12:44Z");
  EXPECT_EQ(to_rfc3339(nearest_time(seconds::max())), "2262-04-11T23:47:16Z");
  EXPECT_EQ(to_rfc3339(nearest_time(seconds::min())), "1677-09-21T00:12:44Z");
}

TEST(TimeText, ReadsWhatItWrote) {
  for (int day = -40'000; day < 80'000; day += 37) {
    const TimePoint time{hours(24) * day + seconds(day & 0xff)};
    EXPECT_EQ(from_rfc3339(to_rfc3339(time)), time) << to_rfc3339(time);
  }
}

struct Duration {
  const char* text;
  milliseconds length;
};

class DurationText : public testing::TestWithParam<Duration> {};

TEST_P(DurationText, IsReadAndWrittenAlike) {
  EXPECT_EQ(parse_duration(GetParam().text), GetParam().length);
  EXPECT_EQ(to_duration_text(GetParam().length), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(TimeText, DurationText,
                         testing::Values(Duration{"0s", seconds(0)}, Duration{"30s", seconds(30)},
                                         Duration{"10m", minutes(10)}, Duration{"1h30m", minutes(90)},
                                         Duration{"500ms", milliseconds(500)}, Duration{"1s500ms", milliseconds(1500)},
                                         Duration{"72h", hours(72)}, Duration{"87840h", hours(87'840)}));

TEST(TimeText, DurationsOfOtherSpellingsAreReadToo) {
  EXPECT_EQ(parse_duration("90m"), minutes(90));
  EXPECT_EQ(parse_duration("3600s"), hours(1));
  EXPECT_EQ(parse_duration("007s"), seconds(7));
}

class NotADuration : public testing::TestWithParam<const char*> {};

TEST_P(NotADuration, IsRefused) {
  EXPECT_EQ(parse_duration(GetParam()), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(TimeText, NotADuration,
                         testing::Values("", "5", "s", "-5s", "+5s", "1.5h", "5 s", " 5s", "5s ", "5d", "5S", "1h30",
                                         "5us", "87841h", "9999999999999s", "999999999999h", "87840h1ms",
                                         "18446744073709551617s"));

TEST(TimeText, UnixSecondsAreWhole) {
  EXPECT_DOUBLE_EQ(to_unix_seconds(kTime + milliseconds(999)), 1'795'403'045.0);
}

}  // namespace
}  // namespace certsync
