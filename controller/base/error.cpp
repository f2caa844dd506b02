#include "base/error.h"

namespace certsync {

std::string_view to_text(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Retry:
      return "Retry";
    case ErrorKind::Wait:
      return "Wait";
    case ErrorKind::Stalled:
      return "Stalled";
    case ErrorKind::Conflict:
      return "Conflict";
    case ErrorKind::Gone:
      return "Gone";
    case ErrorKind::Unknown:
      return "Unknown";
  }
  return "?";
}

std::string to_text(const Error& error) {
  return std::string(to_text(error.reason)) + ": " + error.message;
}

}  // namespace certsync
