// From a request to the resource that serves it: authentication, command policy, bulk payloads, rendering.
#pragma once

#include <string>

#include "sim/appliance.h"
#include "sim/state.h"

namespace sim {

/// For who comes over the network.
Outcome dispatch(State& state, const Request& request);
/// A person at the box, in that partition: no login.
Outcome dispatch_trusted(State& state, const Request& request, const std::string& partition);

/// Certkeys, bindings and files as stable text; the default partition first.
std::string describe_state(const State& state);
std::string describe_partition(const State& state, const Partition& partition);

}  // namespace sim
