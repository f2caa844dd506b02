#include "plan/windows.h"

#include <algorithm>
#include <vector>

#include "plan/schedule.h"
#include "plan/time_zone.h"

namespace certsync::plan {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

// Clocks are put forward or back by a day at most (across the date line).
constexpr days kLargestJump{1};

// --- minutes of one day ---------------------------------------------------------------------------------------------

DayMinutes shifted(const DayMinutes& bits, long long by) {
  return by >= 0 ? bits << static_cast<std::size_t>(by) : bits >> static_cast<std::size_t>(-by);
}

/// Those from `minute` on, which may lie outside the day.
DayMinutes since(long long minute) {
  return shifted(~DayMinutes(), std::clamp<long long>(minute, 0, kMinutesADay));
}

/// Each minute that is set, and those that follow it, `length` in all.
DayMinutes spread(DayMinutes bits, long long length) {
  for (long long done = 1; done < length && done < static_cast<long long>(kMinutesADay);) {
    const auto step = std::min(done, length - done);
    bits |= shifted(bits, step);
    done += step;
  }
  return bits;
}

std::optional<minutes> last_of(const DayMinutes& bits) {
  for (auto i = bits.size(); i-- > 0;) {
    if (bits[i]) return minutes(i);
  }
  return std::nullopt;
}

std::optional<minutes> first_of(const DayMinutes& bits) {
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (bits[i]) return minutes(i);
  }
  return std::nullopt;
}

long long minute_of(sys_days day, sys_seconds time) {
  return std::chrono::floor<minutes>(time - sys_seconds(day)).count();
}

// --- one window -----------------------------------------------------------------------------------------------------

struct Window {
  Schedule schedule;
  TimeZone zone;
  milliseconds duration{};
};

std::vector<Window> read(const model::DeployWindows& windows) {
  std::vector<Window> out;
  for (const auto& window : windows.windows) {
    const auto zone = TimeZone::find(window.time_zone);
    const auto schedule = parse_schedule(window.schedule);
    const bool sound = zone && schedule;
    out.push_back({sound ? *schedule : Schedule{}, zone.value_or(TimeZone{}), window.duration});
  }
  return out;
}

/// As if this offset always held.
DayMinutes scheduled(const Schedule& schedule, sys_days day, seconds offset) {
  DayMinutes bits;
  for (int shift = -1; shift <= 1; ++shift) {
    const local_days local(day.time_since_epoch() + days(shift));
    if (!schedule.opens_on(local)) continue;
    bits |= shifted(schedule.times, (days(shift) - std::chrono::floor<minutes>(offset)) / minutes(1));
  }
  return bits;
}

bool opens_within(const Schedule& schedule, local_seconds from, local_seconds to) {
  for (auto time = from; time < to; time += minutes(1)) {
    if (schedule.opens_at(time)) return true;
  }
  return false;
}

local_seconds local(sys_seconds time, seconds offset) {
  return local_seconds(time.time_since_epoch() + offset);
}

/// The minutes of `day` (UTC) at which the window opens.
DayMinutes openings(const Window& window, sys_days day) {
  const sys_seconds next_day = day + days(1);
  DayMinutes bits;
  for (auto span = window.zone.at(day);; span = window.zone.at(span.end)) {
    auto fresh = span.begin;
    if (span.begin + kLargestJump > day) {
      const auto before = window.zone.at(span.begin - seconds(1)).offset;
      // Clocks were put back: what they show until then they have shown before.
      if (span.offset < before) fresh += before - span.offset;
      // They were put forward: what was left out opens now.
      if (span.begin >= day && opens_within(window.schedule, local(span.begin, before), local(span.begin, span.offset)))
        bits.set(static_cast<std::size_t>(minute_of(day, span.begin)));
    }
    bits |=
        scheduled(window.schedule, day, span.offset) & since(minute_of(day, fresh)) & ~since(minute_of(day, span.end));
    if (span.end >= next_day) return bits;
  }
}

bool is_open(const Window& window, TimePoint now) {
  const auto today = std::chrono::floor<days>(now);
  // The last opening ends last: all stay open equally long.
  for (auto day = today; day + days(1) > now - window.duration; day -= days(1)) {
    auto bits = openings(window, day);
    if (day == today) bits &= ~since(std::chrono::floor<minutes>(now - today).count() + 1);
    if (const auto last = last_of(bits)) return day + *last + window.duration > now;
  }
  return false;
}

// --- many, day after day --------------------------------------------------------------------------------------------

/// The minutes at which one window is open, from `first` on, one day with each call.
class OpenDays {
 public:
  OpenDays(const Window& window, sys_days first)
      : window_(window),
        length_(std::chrono::ceil<minutes>(window.duration)),
        day_(first - std::chrono::ceil<days>(window.duration)) {
    while (day_ < first)
      next();
  }

  DayMinutes next() {
    const auto begins = openings(window_, day_);
    const auto open = spread(begins, length_.count()) | ~since(left_.count());
    if (const auto last = last_of(begins)) left_ = std::max(left_, *last + length_);
    left_ = std::max(left_ - minutes(days(1)), minutes(0));
    day_ += days(1);
    return open;
  }

 private:
  Window window_;
  minutes length_;
  sys_days day_;
  /// Of what opened before: how long it stays open, from the beginning of day_.
  minutes left_{0};
};

/// The same of a list.
class OpenDaysOfAny {
 public:
  OpenDaysOfAny(const std::vector<Window>& windows, sys_days first) {
    for (const auto& window : windows)
      windows_.emplace_back(window, first);
  }

  DayMinutes next() {
    if (windows_.empty()) return ~DayMinutes();
    DayMinutes open;
    for (auto& window : windows_)
      open |= window.next();
    return open;
  }

 private:
  std::vector<OpenDays> windows_;
};

bool any_open(const std::vector<Window>& windows, TimePoint now) {
  return windows.empty() ||
         std::any_of(windows.begin(), windows.end(), [&](const Window& window) { return is_open(window, now); });
}

}  // namespace

bool is_open(const model::DeployWindows& windows, TimePoint now) {
  return any_open(read(windows), now);
}

std::optional<TimePoint> next_open(const model::DeployWindows& windows, TimePoint now) {
  return next_open(windows, {}, now, now + kFarthestOpening);
}

std::optional<TimePoint> next_open(const model::DeployWindows& one, const model::DeployWindows& other, TimePoint now,
                                   TimePoint until) {
  const auto ones = read(one);
  const auto others = read(other);
  if (now < until && any_open(ones, now) && any_open(others, now)) return now;
  // Openings are whole minutes, and both begin to be open when one of them opens.
  const auto from = std::chrono::ceil<minutes>(now);
  const auto first = std::chrono::floor<days>(from);
  OpenDaysOfAny open_ones(ones, first);
  OpenDaysOfAny open_others(others, first);
  for (auto day = first; day < until; day += days(1)) {
    auto both = open_ones.next() & open_others.next();
    if (day == first) both &= since(minute_of(day, from));
    const auto minute = first_of(both);
    if (!minute) continue;
    if (day + *minute >= until) return std::nullopt;
    return day + *minute;
  }
  return std::nullopt;
}

}  // namespace certsync::plan
