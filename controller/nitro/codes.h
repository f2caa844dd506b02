// NITRO's error space becomes ours, in one table. Numbers and texts: the vendor's error-message list and answers of
// real appliances quoted in public issue threads (docs/nitro.md).
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/transport.h"
#include "nitro/answer.h"

namespace certsync::nitro {

/// `what`: the operation in words ("update certkey www"), which begins the message.
/// `write`: a page that is not NITRO's leaves a write's outcome unknown.
Error to_error(const Answer& answer, std::string_view what, bool write = false);
Error to_error(const http::Failure& failure, std::string_view what, bool write);

/// 293, 366, 412: the appliance is doing something else right now; try again shortly.
bool is_busy(int code);

}  // namespace certsync::nitro
