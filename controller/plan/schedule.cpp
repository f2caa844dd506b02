#include "plan/schedule.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>
#include <vector>

namespace certsync::plan {
namespace {

using Values = std::bitset<64>;
using NamesOfNumbers = std::span<const std::string_view>;

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Rule {
  std::string_view field;
  int least;
  int most;
  /// The first one means `least`.
  NamesOfNumbers words;
};

constexpr std::array<Rule, 5> kRules = {{
    {"minute", 0, 59, {}},
    {"hour", 0, 23, {}},
    {"day of month", 1, 31, {}},
    {"month", 1, 12, kMonths},
    {"day of week", 0, 7, kWeekdays},
}};

std::optional<int> number(std::string_view text, int least, int most) {
  if (text.empty() || text.size() > 2) return std::nullopt;
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  if (value < least || value > most) return std::nullopt;
  return value;
}

bool same_word(std::string_view text, std::string_view word) {
  return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                    [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

std::optional<int> value_of(std::string_view text, const Rule& rule) {
  const auto word = std::find_if(rule.words.begin(), rule.words.end(), [&](auto one) { return same_word(text, one); });
  if (word != rule.words.end()) return rule.least + static_cast<int>(word - rule.words.begin());
  return number(text, rule.least, rule.most);
}

std::string expected_by(const Rule& rule) {
  std::string text = std::string(rule.field) + " must be * or numbers from " + std::to_string(rule.least) + " to " +
                     std::to_string(rule.most);
  if (!rule.words.empty()) text += " or names such as " + std::string(rule.words[1]);
  return text + ", or lists, ranges and steps of them";
}

/// Adds one element of a list ("5", "mon-fri", "*/10") to `out`. Says what is wrong, or nothing.
std::string add_element(std::string_view element, const Rule& rule, Values& out) {
  const auto slash = element.find('/');
  const std::string_view range = element.substr(0, slash);
  const auto dash = range.find('-');
  std::optional<int> first = rule.least;
  std::optional<int> last = rule.most;
  if (range != "*") {
    first = value_of(range.substr(0, dash), rule);
    last = dash == std::string_view::npos ? first : value_of(range.substr(dash + 1), rule);
  }
  if (!first || !last) return expected_by(rule);
  // Sunday ends a week as well as it begins one.
  if (*last == 0 && *last < *first && rule.most == 7) last = 7;
  if (*last < *first) return std::string(rule.field) + " has a range that ends before it begins";
  int step = 1;
  if (slash != std::string_view::npos) {
    if (range != "*" && dash == std::string_view::npos) {
      return std::string(rule.field) + " has a step without a range: what begins at 5 is written 5-" +
             std::to_string(rule.most) + "/2";
    }
    const auto given = number(element.substr(slash + 1), 1, rule.most);
    if (!given) return std::string(rule.field) + " must have a step from 1 to " + std::to_string(rule.most);
    step = *given;
  }
  for (int value = *first; value <= *last; value += step)
    out.set(static_cast<std::size_t>(value));
  return "";
}

std::string read_field(std::string_view text, const Rule& rule, Values& out) {
  while (true) {
    const auto comma = text.find(',');
    if (auto wrong = add_element(text.substr(0, comma), rule, out); !wrong.empty()) return wrong;
    if (comma == std::string_view::npos) return "";
    text.remove_prefix(comma + 1);
  }
}

std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> fields;
  for (auto begin = text.find_first_not_of(' '); begin != std::string_view::npos;) {
    const auto end = text.find(' ', begin);
    fields.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    begin = end == std::string_view::npos ? end : text.find_first_not_of(' ', end);
  }
  return fields;
}

template <std::size_t N>
std::bitset<N> lowest(const Values& values) {
  std::bitset<N> out;
  for (std::size_t i = 0; i < N; ++i)
    out[i] = values[i];
  return out;
}

bool is_restricted(std::string_view field) {
  return field.find('*') == std::string_view::npos;
}

}  // namespace

bool Schedule::opens_on(std::chrono::local_days day) const {
  const std::chrono::year_month_day date(day);
  const bool in_month = days[static_cast<unsigned>(date.day())];
  const bool in_week = weekdays[std::chrono::weekday(day).c_encoding()];
  return months[static_cast<unsigned>(date.month())] && (either_day ? in_month || in_week : in_month && in_week);
}

bool Schedule::opens_at(std::chrono::local_seconds minute) const {
  const auto day = std::chrono::floor<std::chrono::days>(minute);
  const auto time = std::chrono::floor<std::chrono::minutes>(minute - day).count();
  return times[static_cast<std::size_t>(time)] && opens_on(day);
}

tl::expected<Schedule, std::string> parse_schedule(std::string_view text) {
  const auto fields = fields_of(text);
  if (fields.size() != kRules.size()) {
    return tl::unexpected<std::string>(
        "must have five fields: minute, hour, day of month, month, day of week, such as 0 22 * * 1-5");
  }
  std::array<Values, kRules.size()> values;
  for (std::size_t i = 0; i < kRules.size(); ++i) {
    if (auto wrong = read_field(fields[i], kRules[i], values[i]); !wrong.empty()) return tl::unexpected(wrong);
  }
  Schedule schedule;
  for (std::size_t time = 0; time < kMinutesADay; ++time)
    schedule.times[time] = values[0][time % 60] && values[1][time / 60];
  schedule.days = lowest<32>(values[2]);
  schedule.months = lowest<13>(values[3]);
  schedule.weekdays = lowest<7>(values[4]);
  if (values[4][7]) schedule.weekdays.set(0);
  schedule.either_day = is_restricted(fields[2]) && is_restricted(fields[4]);
  return schedule;
}

}  // namespace certsync::plan
