#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/time_text.h"
#include "fuzz/holds.h"
#include "fuzz/targets.h"

namespace fuzz {
namespace {

using namespace certsync;

void base64(std::string_view text) {
  const auto bytes = from_base64(text);
  if (!bytes) return;
  const auto again = from_base64(to_base64(*bytes));
  must_hold(again == bytes, "base64, printed again, reads differently");
  must_hold(bytes->size() <= text.size() / 4 * 3, "more bytes than the text can hold");
}

void utf8(std::string_view text) {
  const auto valid = valid_utf8(std::string(text));
  must_hold(valid.size() == text.size(), "valid_utf8 changes the length");
  must_hold(valid_utf8(valid) == valid, "valid_utf8 leaves something for a second time");
  // nlohmann refuses to write what is no UTF-8.
  nlohmann::json(valid).dump();
  for (std::size_t limit = 0; limit < 8; ++limit) {
    const auto cut = cut_utf8(valid, limit);
    must_hold(cut.size() <= limit && valid.starts_with(cut), "cut_utf8 cuts elsewhere");
    nlohmann::json(cut).dump();
  }
}

// The year ends where nanoseconds do, in 2262.
void time(std::string_view text) {
  const auto time = from_rfc3339(text);
  if (!time) return;
  const auto printed = to_rfc3339(*time);
  must_hold(printed.size() == 20, "RFC 3339 of another length: " + printed);
  const auto again = from_rfc3339(printed);
  must_hold(again && *again == std::chrono::floor<std::chrono::seconds>(*time), "the time moved: " + printed);
  must_hold(to_rfc3339(*again) == printed, "the text moved: " + printed);
}

void duration(std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) return;
  must_hold(duration->count() >= 0 && *duration <= std::chrono::hours(24 * 366 * 10), "a duration out of bounds");
  const auto printed = to_duration_text(*duration);
  must_hold(parse_duration(printed) == duration, "the duration moved: " + printed);
}

// Message, a field, another one.
void log_line(std::string_view text) {
  const auto words = parts(text, 3);
  for (const auto format : {LogFormat::Text, LogFormat::Json}) {
    std::vector<std::string> lines;
    const Logger log(LogLevel::Info, format, [&](std::string_view line) { lines.emplace_back(line); });
    log.info(words[0], {{"one", words[1]}, {"two", words[2]}});
    must_hold(lines.size() == 1 && !has_control_characters(lines[0]), "not one line");
    if (format == LogFormat::Text) continue;
    const auto object = nlohmann::json::parse(lines[0], nullptr, false);
    must_hold(object.is_object() && object.size() == 5, "a line that is no JSON");
    must_hold(object["msg"] == valid_utf8(std::string(words[0])), "another message");
    must_hold(object["two"] == valid_utf8(std::string(words[2])), "another field");
  }
}

}  // namespace

std::vector<Target> base_targets() {
  return {{"base64", run<base64>},
          {"utf8", run<utf8>},
          {"time", run<time>},
          {"duration", run<duration>},
          {"log_line", run<log_line>}};
}

}  // namespace fuzz
