// What went wrong, told by what the caller does next. Every error that crosses a folder is one of these.
#pragma once

#include <string>
#include <string_view>

#include "base/reason.h"

namespace certsync {

enum class ErrorKind {
  Retry,     // passing: try again with back-off
  Wait,      // for another object or for time: the change or the clock brings us back
  Stalled,   // a person must change something
  Conflict,  // somebody else holds the thing
  Gone,      // the thing is not there (any more)
  Unknown,   // a write was sent and no answer came: look again before anything else
};

std::string_view to_text(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::Retry;
  Reason reason = Reason::NitroError;
  /// For a tired person: what is wrong and what to do. Never holds a secret.
  std::string message;
  /// The appliance's own error code, 0 where none was given.
  int code = 0;

  bool operator==(const Error&) const = default;
};

/// "SecretInvalid: the private key does not belong to the certificate"
std::string to_text(const Error& error);

}  // namespace certsync
