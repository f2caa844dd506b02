// Result<T>: a value or an Error. The spelling of std::expected, so that a later toolchain changes one line.
#pragma once

#include <utility>

#include <tl/expected.hpp>

#include "base/error.h"

namespace certsync {

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorKind kind, Reason reason, std::string message, int code = 0) {
  return tl::unexpected<Error>(Error{kind, reason, std::move(message), code});
}

}  // namespace certsync
