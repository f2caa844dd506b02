// What a line of cron means: the text beside the days and times at which it opens.
#include "plan/schedule.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace certsync::plan {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::minutes;

/// The whole years 2026 to 2028, of which the last is a leap year. 1 January 2026 is a Thursday.
const local_days kFirst{std::chrono::year(2026) / 1 / 1};
const local_days kEnd{std::chrono::year(2029) / 1 / 1};

std::string day_text(local_days day) {
  constexpr const char* kNames[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const std::string date = to_rfc3339(std::chrono::sys_days(day.time_since_epoch())).substr(0, 10);
  return kNames[std::chrono::weekday(day).c_encoding()] + (" " + date);
}

// "Thu 2026-01-01, ...": the first `most` days on which it opens.
std::string days_of(const std::string& text, int most) {
  const auto schedule = parse_schedule(text);
  if (!schedule) return schedule.error();
  std::string said;
  for (auto day = kFirst; day < kEnd && most > 0; day += days(1)) {
    if (!schedule->opens_on(day)) continue;
    said += (said.empty() ? "" : ", ") + day_text(day);
    --most;
  }
  return said;
}

// "00:00 00:15 ...": the times of a day.
std::string times_of(const std::string& text) {
  const auto schedule = parse_schedule(text);
  if (!schedule) return schedule.error();
  std::string said;
  for (std::size_t i = 0; i < kMinutesADay; ++i) {
    if (schedule->times[i]) said += (said.empty() ? "" : " ") + to_rfc3339(TimePoint(minutes(i))).substr(11, 5);
  }
  return said;
}

struct Row {
  const char* name;
  const char* schedule;
  const char* meaning;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

class Times : public testing::TestWithParam<Row> {};

TEST_P(Times, AreThoseOfMinuteAndHour) {
  EXPECT_EQ(times_of(std::string(GetParam().schedule) + " * * *"), GetParam().meaning);
}

INSTANTIATE_TEST_SUITE_P(Schedule, Times,
                         testing::Values(Row{"One", "0 22", "22:00"}, Row{"LeadingZeros", "05 07", "07:05"},
                                         Row{"List", "0,30 1,23", "01:00 01:30 23:00 23:30"},
                                         Row{"Range", "58-59 2-3", "02:58 02:59 03:58 03:59"},
                                         Row{"StepOfAll", "*/20 12", "12:00 12:20 12:40"},
                                         Row{"StepOfARange", "5-30/10 12", "12:05 12:15 12:25"},
                                         Row{"StepOfHours", "0 */8", "00:00 08:00 16:00"},
                                         Row{"ListOfAllThese", "59 0-1,22-23,5-9/2",
                                             "00:59 01:59 05:59 07:59 09:59 22:59 23:59"},
                                         Row{"StepThatLeadsNowhere", "7-8/59 0", "00:07"},
                                         Row{"OverlapsInAList", "1,1-2,2 0", "00:01 00:02"}),
                         [](const auto& row) { return row.param.name; });

class Days : public testing::TestWithParam<Row> {};

TEST_P(Days, AreThoseOfDayMonthAndWeekday) {
  EXPECT_EQ(days_of(std::string("0 0 ") + GetParam().schedule, 4), GetParam().meaning);
}

INSTANTIATE_TEST_SUITE_P(
    Schedule, Days,
    testing::Values(
        Row{"All", "* * *", "Thu 2026-01-01, Fri 2026-01-02, Sat 2026-01-03, Sun 2026-01-04"},
        Row{"DayOfMonth", "31 * *", "Sat 2026-01-31, Tue 2026-03-31, Sun 2026-05-31, Fri 2026-07-31"},
        Row{"Month", "1 jul *", "Wed 2026-07-01, Thu 2027-07-01, Sat 2028-07-01"},
        Row{"MonthsByName", "15 Jan-MAR,12 *", "Thu 2026-01-15, Sun 2026-02-15, Sun 2026-03-15, Tue 2026-12-15"},
        Row{"StepOfMonths", "1 */6 *", "Thu 2026-01-01, Wed 2026-07-01, Fri 2027-01-01, Thu 2027-07-01"},
        Row{"Weekday", "* * 1", "Mon 2026-01-05, Mon 2026-01-12, Mon 2026-01-19, Mon 2026-01-26"},
        Row{"WeekdaysByName", "* * sat,Sun", "Sat 2026-01-03, Sun 2026-01-04, Sat 2026-01-10, Sun 2026-01-11"},
        Row{"SundayIsZero", "* * 0", "Sun 2026-01-04, Sun 2026-01-11, Sun 2026-01-18, Sun 2026-01-25"},
        Row{"SundayIsSeven", "* * 7", "Sun 2026-01-04, Sun 2026-01-11, Sun 2026-01-18, Sun 2026-01-25"},
        Row{"SundayBegins", "* * sun-mon", "Sun 2026-01-04, Mon 2026-01-05, Sun 2026-01-11, Mon 2026-01-12"},
        Row{"SundayEnds", "* * sat-sun", "Sat 2026-01-03, Sun 2026-01-04, Sat 2026-01-10, Sun 2026-01-11"},
        Row{"EitherDay", "1,15 * mon", "Thu 2026-01-01, Mon 2026-01-05, Mon 2026-01-12, Thu 2026-01-15"},
        Row{"EitherDayOfOneMonth", "1 feb 5", "Sun 2026-02-01, Fri 2026-02-06, Fri 2026-02-13, Fri 2026-02-20"},
        Row{"BothWithAStep", "*/2 * mon", "Mon 2026-01-05, Mon 2026-01-19, Mon 2026-02-09, Mon 2026-02-23"},
        Row{"LeapDay", "29 2 *", "Tue 2028-02-29"}, Row{"NoSuchDay", "31 2 *", ""}),
    [](const auto& row) { return row.param.name; });

class NotASchedule : public testing::TestWithParam<Row> {};

TEST_P(NotASchedule, IsRefused) {
  const auto schedule = parse_schedule(GetParam().schedule);

  ASSERT_FALSE(schedule);
  EXPECT_EQ(schedule.error(), GetParam().meaning);
}

constexpr char kFive[] = "must have five fields: minute, hour, day of month, month, day of week, such as 0 22 * * 1-5";
constexpr char kMinute[] = "minute must be * or numbers from 0 to 59, or lists, ranges and steps of them";
constexpr char kHour[] = "hour must be * or numbers from 0 to 23, or lists, ranges and steps of them";
constexpr char kDay[] = "day of month must be * or numbers from 1 to 31, or lists, ranges and steps of them";
constexpr char kMonth[] =
    "month must be * or numbers from 1 to 12 or names such as feb, or lists, ranges and steps of them";
constexpr char kWeekday[] =
    "day of week must be * or numbers from 0 to 7 or names such as mon, or lists, ranges and steps of them";

INSTANTIATE_TEST_SUITE_P(
    Schedule, NotASchedule,
    testing::Values(Row{"Empty", "", kFive}, Row{"Blanks", "   ", kFive}, Row{"FourFields", "0 22 * *", kFive},
                    Row{"SixFields", "0 0 22 * * *", kFive}, Row{"Word", "@daily", kFive},
                    Row{"Minute", "60 0 * * *", kMinute}, Row{"Negative", "-1 0 * * *", kMinute},
                    Row{"Signed", "+1 0 * * *", kMinute}, Row{"Long", "000 0 * * *", kMinute},
                    Row{"QuestionMark", "? 0 * * *", kMinute}, Row{"EmptyInAList", "1,,2 0 * * *", kMinute},
                    Row{"ListEndsWithAComma", "1, 0 * * *", kMinute}, Row{"TwoStars", "** 0 * * *", kMinute},
                    Row{"StarInARange", "*-5 0 * * *", kMinute}, Row{"HalfARange", "1- 0 * * *", kMinute},
                    Row{"RangeOfThree", "1-2-3 0 * * *", kMinute}, Row{"Hour", "0 24 * * *", kHour},
                    Row{"MonthAsAnHour", "0 jan * * *", kHour}, Row{"DayZero", "0 0 0 * *", kDay},
                    Row{"Day32", "0 0 32 * *", kDay}, Row{"LastDay", "0 0 L * *", kDay},
                    Row{"Month13", "0 0 * 13 *", kMonth}, Row{"WholeName", "0 0 * january *", kMonth},
                    Row{"Weekday8", "0 0 * * 8", kWeekday}, Row{"NthWeekday", "0 0 * * mon#1", kWeekday},
                    Row{"Backwards", "0 22-2 * * *", "hour has a range that ends before it begins"},
                    Row{"BackwardsInTheWeek", "0 0 * * fri-mon", "day of week has a range that ends before it begins"},
                    Row{"StepOfZero", "*/0 0 * * *", "minute must have a step from 1 to 59"},
                    Row{"StepOverTheEnd", "*/90 0 * * *", "minute must have a step from 1 to 59"},
                    Row{"NoStep", "*/ 0 * * *", "minute must have a step from 1 to 59"},
                    Row{"StepOfAStep", "*/2/2 0 * * *", "minute must have a step from 1 to 59"},
                    Row{"StepOfANumber", "5/10 0 * * *",
                        "minute has a step without a range: what begins at 5 is written 5-59/2"}),
    [](const auto& row) { return row.param.name; });

TEST(Schedule, AsItIsMadeItNeverOpens) {
  EXPECT_TRUE(Schedule{}.times.none());
  for (auto day = kFirst; day < kEnd; day += days(1))
    EXPECT_FALSE(Schedule{}.opens_on(day));
}

}  // namespace
}  // namespace certsync::plan
