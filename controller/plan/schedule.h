// When something is to begin, as cron writes it: minute, hour, day of month, month, day of week. Pure.
#pragma once

#include <bitset>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace certsync::plan {

inline constexpr std::size_t kMinutesADay = 24 * 60;
/// One bit for each minute of a day.
using DayMinutes = std::bitset<kMinutesADay>;

/// In local time, of whichever zone. As it is made, it never opens.
struct Schedule {
  DayMinutes times;
  /// By number: 1 to 31, 1 to 12, 0 (Sunday) to 6.
  std::bitset<32> days;
  std::bitset<13> months;
  std::bitset<7> weekdays;
  /// Day of month and day of week are both restricted: then one of them is enough.
  bool either_day = false;

  bool opens_on(std::chrono::local_days day) const;
  bool opens_at(std::chrono::local_seconds minute) const;
};

/// Five fields with blanks between them; `*`, numbers, three-letter names of months and days, and lists, ranges and
/// steps of these. Sunday is 0 and 7, and a range may end with it (fri-sun). A day field is restricted when it has no
/// `*`, so that "*/2" is not. The error says what must be different ("hour must be ...") and quotes nothing.
/// Source: crontab(5), https://manpages.debian.org/bookworm/cron/crontab.5.en.html; crons disagree about a step after a
/// lone number (5/10) and about day fields with a step. The former is refused, the latter is as Debian's cron has it.
tl::expected<Schedule, std::string> parse_schedule(std::string_view text);

}  // namespace certsync::plan
