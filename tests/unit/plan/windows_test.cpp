// Windows beside the times at which they are open, all in UTC.
#include "plan/windows.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace certsync::plan {
namespace {

using model::DeployWindow;
using model::DeployWindows;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TimePoint at(const std::string& text) {
  const auto time = from_rfc3339(text);
  EXPECT_TRUE(time) << text;
  return time.value_or(TimePoint{});
}

DeployWindow window(const std::string& schedule, const std::string& length, const std::string& zone = "UTC") {
  return {schedule, *parse_duration(length), zone};
}

// Looked at minute by minute: "28 21:00-29 01:00; ..." with the day of the month.
std::string open_times(const DeployWindows& windows, TimePoint from, TimePoint until) {
  std::string said;
  bool open = false;
  for (auto time = from; time <= until; time += minutes(1)) {
    const bool now = time < until && is_open(windows, time);
    const auto text = to_rfc3339(time);
    const auto shown = text.substr(8, 2) + " " + text.substr(11, 5);
    if (now && !open) said += (said.empty() ? "" : "; ") + shown + "-";
    if (!now && open) said += shown;
    open = now;
  }
  return said;
}

std::string opens_next(const DeployWindows& windows, TimePoint now) {
  const auto next = next_open(windows, now);
  return next ? to_rfc3339(*next) : "never";
}

std::string both_open(const DeployWindows& one, const DeployWindows& other, const std::string& now) {
  const auto next = next_open(one, other, at(now), at(now) + kFarthestOpening);
  EXPECT_EQ(next, next_open(other, one, at(now), at(now) + kFarthestOpening));
  return next ? to_rfc3339(*next) : "never";
}

struct Row {
  const char* name;
  std::vector<DeployWindow> windows;
  const char* from;
  const char* until;
  const char* open;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

class OpenTimes : public testing::TestWithParam<Row> {};

TEST_P(OpenTimes, AreThese) {
  const auto& row = GetParam();
  EXPECT_EQ(open_times({row.windows, {}}, at(row.from), at(row.until)), row.open);
}

INSTANTIATE_TEST_SUITE_P(
    Windows, OpenTimes,
    testing::Values(Row{"EachDay",
                        {window("0 22 * * *", "4h")},
                        "2026-01-01T12:00:00Z",
                        "2026-01-03T12:00:00Z",
                        "01 22:00-02 02:00; 02 22:00-03 02:00"},
                    Row{"WorkDays",
                        {window("0 22 * * mon-fri", "4h")},
                        "2026-01-02T00:00:00Z",
                        "2026-01-06T00:00:00Z",
                        "02 00:00-02 02:00; 02 22:00-03 02:00; 05 22:00-06 00:00"},
                    Row{"OverTheYearsEnd",
                        {window("0 22 31 12 *", "4h")},
                        "2026-12-31T00:00:00Z",
                        "2027-01-02T00:00:00Z",
                        "31 22:00-01 02:00"},
                    Row{"OverTheLeapDay",
                        {window("30 23 28 2 *", "1h")},
                        "2028-02-28T00:00:00Z",
                        "2028-03-01T00:00:00Z",
                        "28 23:30-29 00:30"},
                    Row{"OpenedDaysAgo",
                        {window("0 12 1 * *", "168h")},
                        "2026-01-07T00:00:00Z",
                        "2026-01-10T00:00:00Z",
                        "07 00:00-08 12:00"},
                    Row{"EndlessOnes",
                        {window("0 0 * * sun", "168h")},
                        "2026-01-01T00:00:00Z",
                        "2026-01-03T00:00:00Z",
                        "01 00:00-03 00:00"},
                    Row{"OverlapsAreOne",
                        {window("0 1 * * *", "2h"), window("0 2 * * *", "3h"), window("0 5 * * *", "1h")},
                        "2026-01-01T00:00:00Z",
                        "2026-01-02T00:00:00Z",
                        "01 01:00-01 06:00"},
                    Row{"OneOverlapsItself",
                        {window("*/20 1 * * *", "30m")},
                        "2026-01-01T00:00:00Z",
                        "2026-01-02T00:00:00Z",
                        "01 01:00-01 02:10"},
                    Row{"ManyZones",
                        {window("0 9 * * *", "1h", "Asia/Tokyo"), window("0 9 * * *", "1h", "America/New_York")},
                        "2026-01-01T00:00:00Z",
                        "2026-01-02T00:00:00Z",
                        "01 00:00-01 01:00; 01 14:00-01 15:00"},
                    Row{"HalfHourZone",
                        {window("0 22 * * *", "1h", "Asia/Kolkata")},
                        "2026-01-01T00:00:00Z",
                        "2026-01-02T00:00:00Z",
                        "01 16:30-01 17:30"},
                    Row{"QuarterHourZone",
                        {window("0 0 * * *", "15m", "Asia/Kathmandu")},
                        "2026-01-01T00:00:00Z",
                        "2026-01-02T00:00:00Z",
                        "01 18:15-01 18:30"},
                    Row{"BesideADateLine",
                        {window("0 0 1 1 *", "1h", "Pacific/Kiritimati"), window("0 0 1 1 *", "1h", "Etc/GMT+12")},
                        "2025-12-31T00:00:00Z",
                        "2026-01-02T00:00:00Z",
                        "31 10:00-31 11:00; 01 12:00-01 13:00"}),
    [](const auto& row) { return row.param.name; });

// Europe/Berlin: 29 March 2026 01:00Z from 02:00 to 03:00, 25 October 2026 01:00Z from 03:00 back to 02:00.
// America/New_York: 8 March 2026 07:00Z and 1 November 2026 06:00Z. Lord Howe moves half an hour, Chisinau
// moved at midnight UTC.
INSTANTIATE_TEST_SUITE_P(ClocksForward, OpenTimes,
                         testing::Values(Row{"SkippedTimeOpensAfterTheGap",
                                             {window("30 2 * * *", "1h", "Europe/Berlin")},
                                             "2026-03-28T00:00:00Z",
                                             "2026-03-31T00:00:00Z",
                                             "28 01:30-28 02:30; 29 01:00-29 02:00; 30 00:30-30 01:30"},
                                         Row{"ManySkippedTimesOpenOnce",
                                             {window("*/30 2 * * *", "10m", "Europe/Berlin")},
                                             "2026-03-29T00:00:00Z",
                                             "2026-03-30T00:00:00Z",
                                             "29 01:00-29 01:10"},
                                         Row{"HoursAreElapsedOnes",
                                             {window("0 22 * * *", "4h", "Europe/Berlin")},
                                             "2026-03-28T12:00:00Z",
                                             "2026-03-30T12:00:00Z",
                                             "28 21:00-29 01:00; 29 20:00-30 00:00"},
                                         Row{"NewYork",
                                             {window("15 2 * * sun", "30m", "America/New_York")},
                                             "2026-03-01T00:00:00Z",
                                             "2026-03-16T00:00:00Z",
                                             "01 07:15-01 07:45; 08 07:00-08 07:30; 15 06:15-15 06:45"},
                                         Row{"HalfAnHour",
                                             {window("15 2 * * *", "10m", "Australia/Lord_Howe")},
                                             "2026-10-02T00:00:00Z",
                                             "2026-10-05T00:00:00Z",
                                             "02 15:45-02 15:55; 03 15:30-03 15:40; 04 15:15-04 15:25"},
                                         Row{"AtMidnight",
                                             {window("30 2 * * *", "10m", "Europe/Chisinau")},
                                             "2021-03-27T00:00:00Z",
                                             "2021-03-29T00:00:00Z",
                                             "27 00:30-27 00:40; 28 00:00-28 00:10; 28 23:30-28 23:40"},
                                         Row{"AWholeDay",
                                             {window("0 12 30 12 *", "1h", "Pacific/Apia")},
                                             "2011-12-29T00:00:00Z",
                                             "2012-01-01T00:00:00Z",
                                             "30 10:00-30 11:00"}),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    ClocksBack, OpenTimes,
    testing::Values(Row{"RepeatedTimeOpensOnce",
                        {window("30 2 * * *", "1h", "Europe/Berlin")},
                        "2026-10-24T00:00:00Z",
                        "2026-10-27T00:00:00Z",
                        "24 00:30-24 01:30; 25 00:30-25 01:30; 26 01:30-26 02:30"},
                    Row{"EachHalfHourOpensOnce",
                        {window("*/30 * * * *", "10m", "Europe/Berlin")},
                        "2026-10-25T00:00:00Z",
                        "2026-10-25T02:40:00Z",
                        "25 00:00-25 00:10; 25 00:30-25 00:40; 25 02:00-25 02:10; 25 02:30-25 02:40"},
                    Row{"ADayOf25HoursIsOpenFor24",
                        {window("0 0 * * *", "24h", "Europe/Berlin")},
                        "2026-10-24T00:00:00Z",
                        "2026-10-27T00:00:00Z",
                        "24 00:00-25 22:00; 25 23:00-27 00:00"},
                    Row{"AtMidnight",
                        {window("30 2 * * *", "10m", "Europe/Chisinau")},
                        "2021-10-30T00:00:00Z",
                        "2021-11-02T00:00:00Z",
                        "30 23:30-30 23:40; 01 00:30-01 00:40"},
                    Row{"NewYork",
                        {window("30 1 * * *", "1h", "America/New_York")},
                        "2026-10-31T00:00:00Z",
                        "2026-11-03T00:00:00Z",
                        "31 05:30-31 06:30; 01 05:30-01 06:30; 02 06:30-02 07:30"},
                    Row{"HalfAnHour",
                        {window("45 1 * * *", "10m", "Australia/Lord_Howe")},
                        "2026-04-03T00:00:00Z",
                        "2026-04-06T00:00:00Z",
                        "03 14:45-03 14:55; 04 14:45-04 14:55; 05 15:15-05 15:25"}),
    [](const auto& row) { return row.param.name; });

TEST(Windows, OpenWithTheMinuteAndCloseWithTheMillisecond) {
  const DeployWindows windows{{{"0 22 * * *", milliseconds(90'500), "UTC"}}, {}};
  const auto opening = at("2026-01-01T22:00:00Z");

  EXPECT_FALSE(is_open(windows, opening - milliseconds(1)));
  EXPECT_TRUE(is_open(windows, opening));
  EXPECT_TRUE(is_open(windows, opening + milliseconds(90'499)));
  EXPECT_FALSE(is_open(windows, opening + milliseconds(90'500)));
  EXPECT_EQ(opens_next(windows, opening + milliseconds(90'499)), "2026-01-01T22:01:30Z") << "open: now";
  EXPECT_EQ(opens_next(windows, opening + milliseconds(90'500)), "2026-01-02T22:00:00Z");
}

TEST(Windows, ThatDoNotExistAreAlwaysOpen) {
  EXPECT_TRUE(is_open({}, at("2026-01-01T00:00:00Z")));
  EXPECT_EQ(next_open({}, at("2026-01-01T00:00:00Z") + milliseconds(1)), at("2026-01-01T00:00:00Z") + milliseconds(1));
}

TEST(Windows, OpenNextOnTheLeapDay) {
  EXPECT_EQ(opens_next({{window("0 3 29 2 *", "1h")}, {}}, at("2024-02-29T04:00:00Z")), "2028-02-29T03:00:00Z");
}

TEST(Windows, MayNeverOpen) {
  for (const auto& never : {window("0 0 31 2 *", "168h"), window("0 0 30 feb *", "1h", "Europe/Berlin"),
                            window("0 0 * *", "1h"), window("0 0 * * *", "1h", "Europe/Bonn")}) {
    EXPECT_EQ(opens_next({{never}, {}}, at("2026-01-01T00:00:00Z")), "never") << never.schedule;
  }
}

TEST(BothOpen, IsWhenTheLaterOneOpens) {
  const DeployWindows early{{window("0 22 * * *", "4h")}, {}};
  const DeployWindows late{{window("0 1 * * *", "4h")}, {}};

  EXPECT_EQ(both_open(early, late, "2026-01-01T12:00:00Z"), "2026-01-02T01:00:00Z");
  EXPECT_EQ(both_open(early, late, "2026-01-02T01:59:59Z"), "2026-01-02T01:59:59Z");
  EXPECT_EQ(both_open(early, late, "2026-01-02T02:00:00Z"), "2026-01-03T01:00:00Z");
}

TEST(BothOpen, IsWhenOneOpensIfTheOtherIsAlwaysOpen) {
  EXPECT_EQ(both_open({{window("0 22 * * *", "4h")}, {}}, {}, "2026-01-01T12:00:00Z"), "2026-01-01T22:00:00Z");
  EXPECT_EQ(both_open({}, {}, "2026-01-01T12:00:00Z"), "2026-01-01T12:00:00Z");
}

TEST(BothOpen, MayTakeMonths) {
  const DeployWindows fridays{{window("0 22 * * fri", "2h")}, {}};
  const DeployWindows thirteenths{{window("0 23 13 * *", "2h")}, {}};

  EXPECT_EQ(both_open(fridays, thirteenths, "2026-04-01T00:00:00Z"), "2026-11-13T23:00:00Z");
}

TEST(BothOpen, MayBeOnlyWhileSummerTimeDiffers) {
  // 08:00 in New York is 14:00 in Berlin, but 13:00 between the two changes of clocks.
  const DeployWindows new_york{{window("0 8 * * *", "1h", "America/New_York")}, {}};
  const DeployWindows berlin{{window("0 13 * * *", "1h", "Europe/Berlin")}, {}};

  EXPECT_EQ(both_open(new_york, berlin, "2026-01-01T00:00:00Z"), "2026-03-08T12:00:00Z");
  EXPECT_EQ(both_open(new_york, berlin, "2026-03-28T13:00:00Z"), "2026-10-25T12:00:00Z");
}

TEST(BothOpen, TouchingIsNotMeeting) {
  EXPECT_EQ(both_open({{window("0 1 * * *", "1h")}, {}}, {{window("0 2 * * *", "1h")}, {}}, "2026-01-01T00:00:00Z"),
            "never");
}

TEST(BothOpen, NeverIsFoundQuicklyHoweverOftenTheyOpen) {
  DeployWindows even;
  DeployWindows odd;
  for (int i = 0; i < 16; ++i) {
    even.windows.push_back(window("*/2 * * * *", "1m", "Asia/Tokyo"));
    odd.windows.push_back(window("1-59/2 * * * *", "1m", "America/Phoenix"));
  }

  EXPECT_EQ(both_open(even, odd, "2026-01-01T00:00:00Z"), "never");
}

TEST(BothOpen, IsLookedForBeforeItsEnd) {
  const DeployWindows windows{{window("0 22 * * *", "4h")}, {}};
  const auto opening = at("2026-01-01T22:00:00Z");

  EXPECT_EQ(next_open(windows, {}, opening - hours(1), opening), std::nullopt);
  EXPECT_EQ(next_open(windows, {}, opening - hours(1), opening + seconds(1)), opening);
  EXPECT_EQ(next_open(windows, {}, opening, opening), std::nullopt);
}

}  // namespace
}  // namespace certsync::plan
