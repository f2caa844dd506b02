// Requests to the API server: what floor 5 asks of it, and its answers as values or as honest errors.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "http/transport.h"

namespace certsync::kube {

/// Why a request was not carried out.
struct ApiError {
  /// Of the answer, or of the Status in an ERROR event; 0 = no complete answer came.
  int code = 0;
  /// metav1.Status reason: "NotFound", "Conflict", "Expired", …; empty where the answer was no Status.
  std::string reason;
  std::string message;
  std::optional<std::chrono::milliseconds> retry_after = std::nullopt;
  /// 504, since the server has not seen that resourceVersion yet.
  bool version_too_large = false;
  /// No answer came within the time.
  bool timed_out = false;
  bool cancelled = false;
  /// The connection broke.
  bool lost = false;
  /// Nobody knows whether it was carried out.
  bool maybe_done = false;

  bool not_found() const { return code == 404; }
  bool conflict() const { return code == 409; }
  bool forbidden() const { return code == 403; }
  /// The resourceVersion or continue token is too old.
  bool expired() const { return code == 410 || reason == "Expired" || reason == "Gone"; }
};

/// "403 Forbidden: secrets is forbidden: …"
std::string to_text(const ApiError& error);

template <class T>
using ApiResult = tl::expected<T, ApiError>;

struct Call {
  http::Method method = http::Method::Get;
  /// Path and query, percent-encoded.
  std::string target;
  std::string body = {};
  std::string content_type = {};
  std::string accept = "application/json";
  /// Of each try.
  std::chrono::milliseconds timeout{30'000};
  std::size_t max_response_bytes = 64u << 20;
  /// Tries when the server asks for another one (429 or 5xx with Retry-After), or when a GET's connection broke.
  int tries = 10;
};

inline constexpr char kMergePatch[] = "application/merge-patch+json";
inline constexpr char kJsonPatch[] = "application/json-patch+json";
inline constexpr char kJson[] = "application/json";

/// Thread-safe.
class Api {
 public:
  virtual ~Api() = default;
  /// The body of a 2xx answer.
  virtual ApiResult<std::string> call(Call call, std::stop_token stop) = 0;
  /// One try. Bytes of a 2xx answer go to `reader`; returns when the server ends it, the reader has enough, `idle` or
  /// call.timeout is over (ApiError::timed_out), or it breaks.
  virtual ApiResult<void> watch(Call call, std::chrono::milliseconds idle, http::BodyReader& reader,
                                std::stop_token stop) = 0;
};

/// A Status document, or whatever came with that code.
/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
ApiError decode_status(int code, std::string_view body);
ApiError from_failure(const http::Failure& failure);
/// RFC 9110 section 10.2.3: seconds or a date; nothing where it is neither. At most a minute: longer is not waited.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text,
                                                           std::chrono::system_clock::time_point now);

/// For a path segment or a query value.
std::string percent_encode(std::string_view text);

}  // namespace certsync::kube
