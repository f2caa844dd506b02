// Inside pki only: what is wrong with the bytes of a Secret, so that only its writer can mend it.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace certsync::pki {

inline tl::unexpected<Error> invalid(std::string message) {
  return fail(ErrorKind::Stalled, Reason::SecretInvalid, std::move(message));
}

}  // namespace certsync::pki
