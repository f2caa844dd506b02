#include "base/time_text.h"

#include <algorithm>
#include <cctype>

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

/// Takes a text apart from the left; whatever does not fit makes it not ok.
class Taker {
 public:
  explicit Taker(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  bool next_is(char c) const { return rest_.starts_with(c); }

  void take(char c) {
    ok_ = ok_ && next_is(c);
    if (ok_) rest_.remove_prefix(1);
  }
  /// Of so many digits.
  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i)
      value = value * 10 + digit();
    return value;
  }
  /// Digits as many as there are; those behind the ninth do not count.
  std::chrono::nanoseconds fraction() {
    std::chrono::nanoseconds value{0};
    auto unit = std::chrono::nanoseconds(seconds(1));
    do {
      unit /= 10;
      value += unit * digit();
    } while (ok_ && !rest_.empty() && is_digit(rest_.front()));
    return value;
  }

 private:
  int digit() {
    ok_ = ok_ && !rest_.empty() && is_digit(rest_.front());
    if (!ok_) return 0;
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
  bool ok_ = true;
};

/// What lies between a local time and UTC: "Z", "+01:00".
std::chrono::minutes take_offset(Taker& text) {
  std::chrono::minutes offset{0};
  if (text.next_is('Z')) {
    text.take('Z');
    return offset;
  }
  const bool west = text.next_is('-');
  text.take(west ? '-' : '+');
  offset += std::chrono::hours(text.number(2));
  text.take(':');
  offset += std::chrono::minutes(text.number(2));
  return west ? -offset : offset;
}

}  // namespace

TimePoint nearest_time(seconds since_epoch) {
  return TimePoint(std::clamp(since_epoch, kEarliest.time_since_epoch(), kLatest.time_since_epoch()));
}

std::string to_rfc3339(TimePoint time) {
  return date::format("%FT%TZ", std::chrono::floor<std::chrono::seconds>(time));
}

std::optional<TimePoint> from_rfc3339(std::string_view text) {
  Taker in(text);
  const std::chrono::year year(in.number(4));
  in.take('-');
  const std::chrono::month month(static_cast<unsigned>(in.number(2)));
  in.take('-');
  const std::chrono::day day(static_cast<unsigned>(in.number(2)));
  in.take('T');
  const int hour = in.number(2);
  in.take(':');
  const int minute = in.number(2);
  in.take(':');
  const int second = in.number(2);
  std::chrono::nanoseconds fraction{0};
  if (in.next_is('.')) {
    in.take('.');
    fraction = in.fraction();
  }
  const auto offset = take_offset(in);
  const auto date = year / month / day;
  if (!in.ok() || !in.at_end() || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const seconds since_epoch = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                              std::chrono::minutes(minute) + seconds(second) - offset;
  const bool inside = since_epoch >= kEarliest.time_since_epoch() && since_epoch < kLatest.time_since_epoch();
  return nearest_time(since_epoch) + (inside ? fraction : std::chrono::nanoseconds(0));
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
