#include "base/time_text.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include <date/date.h>

namespace certsync {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kEarliest = std::chrono::ceil<seconds>(TimePoint::min());
constexpr auto kLatest = std::chrono::floor<seconds>(TimePoint::max());
constexpr milliseconds kLongestDuration = std::chrono::hours(24 * 366 * 10);

std::optional<milliseconds> unit_length(std::string_view unit) {
  if (unit == "ms") return milliseconds(1);
  if (unit == "s") return milliseconds(1000);
  if (unit == "m") return milliseconds(60'000);
  if (unit == "h") return milliseconds(3'600'000);
  return std::nullopt;
}

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

// Not straight into a time point: date would multiply the year 9999 into nanoseconds, which wraps round into the past.
std::optional<TimePoint> read_time(std::string_view text, const char* format) {
  std::istringstream in{std::string(text)};
  date::fields<std::chrono::nanoseconds> parts;
  std::chrono::minutes offset{0};
  date::from_stream(in, format, parts, static_cast<std::string*>(nullptr), &offset);
  if (in.fail() || in.peek() != std::char_traits<char>::eof()) return std::nullopt;
  if (!parts.ymd.ok() || !parts.tod.in_conventional_range()) return std::nullopt;
  const auto of_day = parts.tod.to_duration();
  const auto whole = std::chrono::floor<seconds>(of_day);
  const seconds since_epoch = date::sys_days(parts.ymd).time_since_epoch() + whole - offset;
  const auto time = nearest_time(since_epoch);
  return time.time_since_epoch() == since_epoch && time < kLatest ? time + (of_day - whole) : time;
}

}  // namespace

TimePoint nearest_time(seconds since_epoch) {
  return TimePoint(std::clamp(since_epoch, kEarliest.time_since_epoch(), kLatest.time_since_epoch()));
}

std::string to_rfc3339(TimePoint time) {
  return date::format("%FT%TZ", std::chrono::floor<std::chrono::seconds>(time));
}

std::optional<TimePoint> from_rfc3339(std::string_view text) {
  const auto time = read_time(text, "%FT%T%Ez");
  return time ? time : read_time(text, "%FT%TZ");
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  milliseconds sum{0};
  while (!text.empty()) {
    std::size_t digits = 0;
    long long number = 0;
    while (digits < text.size() && is_digit(text[digits])) {
      if (digits == 12) return std::nullopt;
      number = number * 10 + (text[digits] - '0');
      ++digits;
    }
    if (digits == 0) return std::nullopt;
    std::size_t letters = digits;
    while (letters < text.size() && !is_digit(text[letters]))
      ++letters;
    auto unit = unit_length(text.substr(digits, letters - digits));
    if (!unit || number > kLongestDuration / *unit) return std::nullopt;
    sum += number * *unit;
    if (sum > kLongestDuration) return std::nullopt;
    text.remove_prefix(letters);
  }
  return sum;
}

std::string to_duration_text(milliseconds duration) {
  std::string text;
  auto rest = duration.count();
  for (auto [length, unit] : {std::pair{3'600'000LL, "h"}, {60'000LL, "m"}, {1000LL, "s"}, {1LL, "ms"}}) {
    if (rest / length == 0) continue;
    text += std::to_string(rest / length) + unit;
    rest %= length;
  }
  return text.empty() ? "0s" : text;
}

double to_unix_seconds(TimePoint time) {
  return std::chrono::duration<double>(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch()).count();
}

}  // namespace certsync
