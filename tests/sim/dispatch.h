// From a request to the resource that serves it: authentication, command policy, bulk payloads, rendering.
#pragma once

#include <string>

#include "sim/appliance.h"
#include "sim/state.h"

namespace sim {

/// `trusted` skips the login: a person at the box.
Outcome dispatch(State& state, const Request& request, bool trusted);

std::string describe_state(const State& state);

}  // namespace sim
