// What a GET may ask of a list: filter, attrs, count, pages.
#pragma once

#include <string>

#include "sim/call.h"
#include "sim/reply.h"

namespace sim {

/// Applies the query of `call` to the items.
Reply listing(const Call& call, Json::Array items);

}  // namespace sim
