// One NITRO answer, told apart from everything that is not NITRO (a proxy's page, half a body).
// Shapes: an empty body, or {"errorcode":N,"message":"…","severity":"…", …}; success is errorcode 0 or a 2xx without a
// body. Status 209 with X-NITRO-WARNING: done, with a warning (NITRO manual, error and exception handling).
#pragma once

#include <optional>
#include <string>

#include "http/transport.h"
#include "ports/appliance.h"

namespace certsync::nitro {

struct Answer {
  int status = 0;
  /// NITRO's errorcode; 0 = success.
  int code = 0;
  std::string message;
  std::optional<ports::Warning> warning;
  /// False: the body is not NITRO's.
  bool is_nitro = true;
  /// What came instead, for a person: "HTTP 302 to https://…", "HTTP 200, text/html".
  std::string oddity;
  std::string body;

  bool ok() const { return is_nitro && code == 0 && status >= 200 && status < 300; }
  /// For the metric: "0", "1540", "http_503".
  std::string metric_code() const;
};

Answer read_answer(http::Response response);

/// The session is gone: log in again. The code decides, since the status differs between builds.
bool session_is_dead(const Answer& answer);

}  // namespace certsync::nitro
