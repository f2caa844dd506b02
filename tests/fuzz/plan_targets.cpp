#include <array>
#include <charconv>

#include "base/time_text.h"
#include "fuzz/holds.h"
#include "fuzz/targets.h"
#include "plan/schedule.h"
#include "plan/time_zone.h"
#include "plan/windows.h"

namespace fuzz {
namespace {

using namespace certsync;
using namespace certsync::plan;

template <std::size_t N>
std::string numbers(const std::bitset<N>& bits) {
  std::string text;
  for (std::size_t i = 0; i < N; ++i) {
    if (bits[i]) text += (text.empty() ? "" : ",") + std::to_string(i);
  }
  return text;
}

/// With every number written down; nothing but `either_day` is lost.
std::string printed(const Schedule& schedule) {
  std::bitset<60> minutes;
  std::bitset<24> hours;
  for (std::size_t i = 0; i < kMinutesADay; ++i) {
    if (!schedule.times[i]) continue;
    minutes.set(i % 60);
    hours.set(i / 60);
  }
  return numbers(minutes) + " " + numbers(hours) + " " + numbers(schedule.days) + " " + numbers(schedule.months) + " " +
         numbers(schedule.weekdays);
}

void schedule(std::string_view text) {
  const auto read = parse_schedule(text);
  if (!read) {
    must_hold(!read.error().empty() && read.error().size() < 200, "an error that says nothing, or too much");
    return;
  }
  must_hold(read->times.any() && read->days.any() && read->months.any() && read->weekdays.any(), "it never opens");
  must_hold(!read->days[0] && !read->months[0], "a day or month 0");
  const auto again = parse_schedule(printed(*read));
  must_hold(again.has_value(), "cannot be read again: " + printed(*read));
  must_hold(again->times == read->times && again->days == read->days && again->months == read->months &&
                again->weekdays == read->weekdays,
            "reads differently when printed: " + printed(*read));
}

std::optional<model::DeployWindow> window_of(std::string_view line) {
  model::DeployWindow window;
  const auto bar = line.find('|');
  const auto second = line.find('|', bar == std::string_view::npos ? bar : bar + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto duration = parse_duration(line.substr(bar + 1, second - bar - 1));
  // As codec has it.
  if (!duration || *duration < std::chrono::minutes(1) || *duration > std::chrono::hours(24 * 7)) return std::nullopt;
  window.schedule = line.substr(0, bar);
  window.duration = *duration;
  window.time_zone = line.substr(second + 1);
  return window;
}

// The first line is the time, each further one a window: schedule|duration|zone.
void windows(std::string_view text) {
  auto lines = parts(text, 5);
  const auto now = from_rfc3339(lines[0]);
  if (!now || *now < TimePoint() || *now > TimePoint(std::chrono::hours(24 * 365 * 200))) return;
  model::DeployWindows all;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (auto window = window_of(lines[i])) all.windows.push_back(std::move(*window));
  }
  const auto next = next_open(all, *now);
  must_hold(is_open(all, *now) == (next == now), "open now, or not?");
  if (!next) return;
  must_hold(*next >= *now && is_open(all, *next), "it is closed when it was to open");
  const auto minute = std::chrono::minutes(1);
  must_hold(*next == *now || *next - minute < *now || !is_open(all, *next - minute), "it was open before");
}

void zone(std::string_view name) {
  const auto found = TimeZone::find(name);
  if (!found) return;
  for (const long long at : {0LL, 1'000'000'000LL, 4'000'000'000LL}) {
    const std::chrono::sys_seconds time{std::chrono::seconds(at)};
    const auto span = found->at(time);
    must_hold(span.begin <= time && time < span.end, "a time outside its own span");
    must_hold(std::chrono::abs(span.offset) <= std::chrono::hours(26), "an offset of days");
  }
}

}  // namespace

std::vector<Target> plan_targets() {
  return {{"schedule", run<schedule>}, {"windows", run<windows>}, {"time_zone", run<zone>}};
}

}  // namespace fuzz
