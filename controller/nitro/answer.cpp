#include "nitro/answer.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace certsync::nitro {
namespace {

// Only the top-level members before the first list or object are looked at: a list of 10,000 certkeys is parsed once,
// by whoever asked for it.
class StatusReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool found_code = false;
  int code = 0;
  std::string message;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t value) override { return take(value); }
  bool number_unsigned(number_unsigned_t value) override {
    return take(value > kLargest ? static_cast<number_integer_t>(kLargest) : static_cast<number_integer_t>(value));
  }
  bool number_float(number_float_t, const string_t&) override { return take(static_cast<number_integer_t>(kLargest)); }
  bool string(string_t& value) override {
    if (depth_ == 1 && key_ == "message") message = value;
    number_integer_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (depth_ == 1 && key_ == "errorcode") {
      // A code that is no number is still no success.
      take(error == std::errc{} && end == value.data() + value.size() ? number
                                                                      : static_cast<number_integer_t>(kLargest));
    }
    return true;
  }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return ++depth_ < kDeepest; }
  bool key(string_t& value) override {
    if (depth_ == 1) key_ = value;
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override { return ++depth_ < kDeepest; }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  static constexpr int kDeepest = 64;
  static constexpr number_unsigned_t kLargest = std::numeric_limits<int>::max();

  bool take(number_integer_t value) {
    if (depth_ == 1 && key_ == "errorcode") {
      // Beyond what a code can be it must not wrap round to 0, which is success.
      const auto largest = static_cast<number_integer_t>(kLargest);
      code = static_cast<int>(std::clamp(value, -largest, largest));
      found_code = true;
    }
    return true;
  }

  int depth_ = 0;
  std::string key_;
};

std::string describe(const http::Response& response) {
  std::string text = "HTTP " + std::to_string(response.status);
  if (const auto location = response.header("Location"); !location.empty()) {
    return text + ", a redirect, which is not followed";
  }
  if (const auto type = response.header("Content-Type"); !type.empty()) text += ", " + std::string(type.substr(0, 60));
  return text + ", " + std::to_string(response.body.size()) + " bytes";
}

// "X-NITRO-WARNING: 1546 - Current certificate replaces the previous binding"
std::optional<ports::Warning> read_warning(std::string_view header) {
  if (header.empty()) return std::nullopt;
  ports::Warning warning;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), warning.code);
  if (error != std::errc{}) return ports::Warning{0, std::string(header)};
  std::string_view text(end, static_cast<std::size_t>(header.data() + header.size() - end));
  const auto start = text.find_first_not_of(" -");
  warning.text = start == std::string_view::npos ? "" : std::string(text.substr(start));
  return warning;
}

}  // namespace

std::string Answer::metric_code() const {
  return is_nitro ? std::to_string(code) : "http_" + std::to_string(status);
}

Answer read_answer(http::Response response) {
  Answer answer;
  answer.status = response.status;
  answer.warning = read_warning(response.header("X-NITRO-WARNING"));
  const bool success = response.status >= 200 && response.status < 300;
  if (trim(response.body).empty()) {
    answer.is_nitro = success;
    if (!success) answer.oddity = describe(response);
    return answer;
  }
  // One name in another character set must not hide a whole list.
  response.body = valid_utf8(std::move(response.body));
  StatusReader reader;
  const bool whole = nlohmann::json::sax_parse(response.body, &reader);
  answer.code = reader.code;
  answer.message = reader.message;
  answer.is_nitro = whole && (reader.found_code || success);
  if (!answer.is_nitro) answer.oddity = describe(response);
  if (answer.status == 209 && !answer.warning) {
    answer.warning = ports::Warning{answer.code, answer.message};
  }
  // A warning is no failure, wherever its code stands.
  if (answer.status == 209) answer.code = 0;
  answer.body = std::move(response.body);
  return answer;
}

bool session_is_dead(const Answer& answer) {
  switch (answer.code) {
    case 352:   // Login is required
    case 444:   // Session expired or killed
    case 471:   // Session expired
    case 1026:  // Not logged in
    case 1027:  // Not logged in or connection timed out
      return true;
    default:
      return false;
  }
}

}  // namespace certsync::nitro
