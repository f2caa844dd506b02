#include "kube/api.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iomanip>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "kube/members.h"

namespace certsync::kube {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestMessage = 1024;
constexpr std::chrono::minutes kLongestWait{1};

void read_details(const json& details, ApiError& out) {
  if (!details.is_object()) return;
  const auto seconds = details.find("retryAfterSeconds");
  if (seconds != details.end() && seconds->is_number_unsigned() && *seconds > 0u) {
    const auto whole = std::min<std::uint64_t>(seconds->get<std::uint64_t>(), 60);
    out.retry_after = std::chrono::seconds(whole);
  }
  const auto causes = details.find("causes");
  if (causes == details.end() || !causes->is_array()) return;
  // k8s.io/apiserver pkg/storage/errors.go: NewTooLargeResourceVersionError.
  out.version_too_large = std::any_of(causes->begin(), causes->end(), [](const json& cause) {
    return cause.is_object() && text_of(cause, "reason") == "ResourceVersionTooLarge";
  });
}

}  // namespace

std::string to_text(const ApiError& error) {
  if (error.code == 0) return error.message;
  std::string text = std::to_string(error.code);
  if (!error.reason.empty()) text += " " + error.reason;
  return error.message.empty() ? text : text + ": " + error.message;
}

ApiError decode_status(int code, std::string_view body) {
  ApiError error;
  error.code = code;
  const json document = json::parse(body, nullptr, false);
  if (!document.is_object() || text_of(document, "kind") != "Status") return error;
  const auto own_code = document.find("code");
  if (own_code != document.end() && own_code->is_number_integer() && (code < 400 || code > 599)) {
    error.code = own_code->get<int>();
  }
  error.reason = text_of(document, "reason");
  error.message = std::string(cut_utf8(text_of(document, "message"), kLongestMessage));
  if (const auto details = document.find("details"); details != document.end()) read_details(*details, error);
  return error;
}

ApiError from_failure(const http::Failure& failure) {
  ApiError error;
  error.message = failure.message;
  error.timed_out = failure.kind == http::FailureKind::Timeout;
  error.cancelled = failure.kind == http::FailureKind::Cancelled;
  error.lost = failure.kind == http::FailureKind::Lost;
  error.maybe_done = failure.maybe_sent;
  return error;
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text,
                                                           std::chrono::system_clock::time_point now) {
  text = trim(text);
  int seconds = -1;
  const auto* end = text.data() + text.size();
  if (const auto [stopped, wrong] = std::from_chars(text.data(), end, seconds);
      wrong == std::errc{} && stopped == end && seconds >= 0) {
    return std::min<std::chrono::milliseconds>(std::chrono::seconds(seconds), kLongestWait);
  }
  std::tm parts{};
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  in >> std::get_time(&parts, "%a, %d %b %Y %H:%M:%S GMT");
  if (in.fail()) return std::nullopt;
  // In seconds: the year 9999 is more nanoseconds than fit.
  const std::int64_t wait = timegm(&parts) - std::chrono::system_clock::to_time_t(now);
  return std::chrono::seconds(std::clamp<std::int64_t>(wait, 0, std::chrono::seconds(kLongestWait).count()));
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      constexpr char kHex[] = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace certsync::kube
