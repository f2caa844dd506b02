#include "http/transport.h"

#include "base/encoding.h"

namespace certsync::http {

std::string_view to_text(Method method) {
  switch (method) {
    case Method::Get:
      return "GET";
    case Method::Post:
      return "POST";
    case Method::Put:
      return "PUT";
    case Method::Delete:
      return "DELETE";
    case Method::Patch:
      return "PATCH";
  }
  return "?";
}

std::string_view to_text(FailureKind kind) {
  switch (kind) {
    case FailureKind::Unreachable:
      return "unreachable";
    case FailureKind::Untrusted:
      return "untrusted";
    case FailureKind::Timeout:
      return "timeout";
    case FailureKind::Lost:
      return "lost";
    case FailureKind::TooLarge:
      return "too large";
    case FailureKind::Cancelled:
      return "cancelled";
  }
  return "?";
}

std::string_view Response::header(std::string_view name) const {
  const auto wanted = to_lower(name);
  for (const auto& [key, value] : headers) {
    if (to_lower(key) == wanted) return value;
  }
  return {};
}

}  // namespace certsync::http
