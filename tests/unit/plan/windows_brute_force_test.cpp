// Random windows around changes of clocks, against a reader of calendars that looks at every minute of local time.
#include <random>
#include <set>

#include <date/tz.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "plan/windows.h"
#include "support/sanitized.h"

namespace certsync::plan {
namespace {

using model::DeployWindow;
using model::DeployWindows;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

// A sanitizer looks at memory, not at minutes.
const int kRounds = 60 / support::every(10);
constexpr days kSpan{2};
constexpr days kLongestWindow{7};

using Random = std::mt19937;

int pick(Random& random, int least, int most) {
  return std::uniform_int_distribution<int>(least, most)(random);
}

/// One field of a schedule: its text, and the values it means.
struct Field {
  std::string text;
  std::set<int> values;
  bool restricted = true;
};

Field random_field(Random& random, int least, int most, bool often_all) {
  Field field;
  if (pick(random, 0, 2) == 0 || (often_all && pick(random, 0, 2) != 0)) {
    const int step = pick(random, 0, 1) == 0 ? 1 : pick(random, 1, most);
    field.text = step == 1 ? "*" : "*/" + std::to_string(step);
    field.restricted = false;
    for (int value = least; value <= most; value += step)
      field.values.insert(value);
    return field;
  }
  for (int parts = pick(random, 1, 3); parts > 0; --parts) {
    const int first = pick(random, least, most);
    const int last = pick(random, first, most);
    const bool range = pick(random, 0, 1) == 0;
    field.text += (field.text.empty() ? "" : ",") + std::to_string(first) + (range ? "-" + std::to_string(last) : "");
    for (int value = first; value <= (range ? last : first); ++value)
      field.values.insert(value);
  }
  return field;
}

struct Guess {
  DeployWindow window;
  Field minute, hour, day, month, weekday;

  bool opens_at(date::local_time<minutes> time) const {
    const auto date = date::floor<date::days>(time);
    const date::year_month_day ymd(date);
    const auto since_midnight = (time - date).count();
    const auto has = [](const Field& field, auto value) { return field.values.count(static_cast<int>(value)) != 0; };
    const auto in_week = date::weekday(date).c_encoding();
    const bool day_fits = has(day, static_cast<unsigned>(ymd.day()));
    const bool weekday_fits = has(weekday, in_week) || (in_week == 0 && has(weekday, 7));
    return has(minute, since_midnight % 60) && has(hour, since_midnight / 60) &&
           has(month, static_cast<unsigned>(ymd.month())) &&
           (day.restricted && weekday.restricted ? day_fits || weekday_fits : day_fits && weekday_fits);
  }
};

Guess random_window(Random& random) {
  static const char* const kZones[] = {
      "UTC",           "Europe/Berlin",       "America/New_York",     "Asia/Kolkata",
      "Europe/Dublin", "Australia/Lord_Howe", "America/St_Johns",     "Pacific/Chatham",
      "Asia/Tehran",   "Africa/Casablanca",   "Antarctica/Troll",     "Pacific/Kiritimati",
      "Africa/Cairo",  "America/Santiago",    "America/Scoresbysund", "Europe/Chisinau"};
  Guess guess;
  guess.minute = random_field(random, 0, 59, false);
  guess.hour = random_field(random, 0, 23, false);
  guess.day = random_field(random, 1, 31, true);
  guess.month = random_field(random, 1, 12, true);
  guess.weekday = random_field(random, 0, 7, true);
  auto& window = guess.window;
  for (const auto* field : {&guess.minute, &guess.hour, &guess.day, &guess.month, &guess.weekday})
    window.schedule += (window.schedule.empty() ? "" : " ") + field->text;
  const auto longest = pick(random, 0, 3) == 0 ? minutes(kLongestWindow) : minutes(hours(3));
  window.duration = minutes(pick(random, 1, static_cast<int>(longest.count())));
  if (pick(random, 0, 3) == 0) window.duration += milliseconds(pick(random, -59'999, 0)) + minutes(1);
  window.duration = std::min<milliseconds>(window.duration, kLongestWindow);
  window.time_zone = kZones[static_cast<std::size_t>(pick(random, 0, std::size(kZones) - 1))];
  return guess;
}

std::vector<Guess> random_windows(Random& random) {
  std::vector<Guess> guesses;
  for (int count = pick(random, 1, 3); count > 0; --count)
    guesses.push_back(random_window(random));
  return guesses;
}

DeployWindows windows_of(const std::vector<Guess>& guesses) {
  DeployWindows windows;
  for (const auto& guess : guesses)
    windows.windows.push_back(guess.window);
  return windows;
}

std::string text_of(const std::vector<Guess>& guesses) {
  std::string text;
  for (const auto& guess : guesses)
    text += guess.window.schedule + " for " + to_duration_text(guess.window.duration) + " in " +
            guess.window.time_zone + "\n";
  return text;
}

/// What was left out opens at the end of the gap; of what comes twice the first one counts.
TimePoint moment_of(const date::time_zone& zone, date::local_time<minutes> local) {
  const auto info = zone.get_info(local);
  if (info.result == date::local_info::nonexistent) return info.second.begin;
  return TimePoint((local.time_since_epoch() - info.first.offset));
}

/// For each minute from `first` on, whether a window is open.
std::vector<bool> open_minutes(const std::vector<Guess>& guesses, sys_days first) {
  std::vector<bool> open(static_cast<std::size_t>(minutes(kSpan).count()));
  for (const auto& guess : guesses) {
    const auto* zone = date::locate_zone(guess.window.time_zone);
    // Local time is never more than a day away from UTC.
    const date::local_time<minutes> begin((first - kLongestWindow - days(2)).time_since_epoch());
    for (auto local = begin; local < begin + kLongestWindow + kSpan + days(4); local += minutes(1)) {
      if (!guess.opens_at(local)) continue;
      const auto from = moment_of(*zone, local);
      const auto i = std::max<std::int64_t>(0, std::chrono::ceil<minutes>(from - first).count());
      for (auto k = static_cast<std::size_t>(i); k < open.size() && first + minutes(k) < from + guess.window.duration;
           ++k)
        open[k] = true;
    }
  }
  return open;
}

sys_days random_day(Random& random) {
  if (pick(random, 0, 3) == 0) return sys_days(days(pick(random, 20'000, 24'000)));
  // A day or two before clocks change somewhere.
  for (;;) {
    const auto* zone = date::locate_zone(random_window(random).window.time_zone);
    const auto span = zone->get_info(date::sys_days(date::days(pick(random, 20'000, 24'000))));
    if (span.end < sys_days(days(24'500))) return std::chrono::floor<days>(span.end) - days(pick(random, 0, 1));
  }
}

TEST(WindowsBruteForce, FindsEveryMinuteTheSame) {
  Random random(20261125);
  for (int round = 0; round < kRounds; ++round) {
    const auto first = random_day(random);
    const auto guesses = random_windows(random);
    const auto windows = windows_of(guesses);
    const auto open = open_minutes(guesses, first);
    for (std::size_t i = 0; i < open.size(); ++i) {
      ASSERT_EQ(is_open(windows, first + minutes(i)), open[i]) << to_rfc3339(first + minutes(i)) << "\n"
                                                               << text_of(guesses);
    }
  }
}

TEST(WindowsBruteForce, FindsTheNextMomentAtWhichBothAreOpen) {
  Random random(20261126);
  for (int round = 0; round < 5 * kRounds; ++round) {
    const auto first = random_day(random);
    const auto some = random_windows(random);
    const auto others = random_windows(random);
    const auto some_open = open_minutes(some, first);
    const auto others_open = open_minutes(others, first);
    const auto start = static_cast<std::size_t>(pick(random, 0, static_cast<int>(some_open.size()) - 1));
    std::optional<TimePoint> expected;
    for (auto i = start; i < some_open.size() && !expected; ++i) {
      if (some_open[i] && others_open[i]) expected = first + minutes(i);
    }
    EXPECT_EQ(next_open(windows_of(some), windows_of(others), first + minutes(start), first + kSpan), expected)
        << to_rfc3339(first + minutes(start)) << "\n"
        << text_of(some) << "and\n"
        << text_of(others);
  }
}

}  // namespace
}  // namespace certsync::plan
