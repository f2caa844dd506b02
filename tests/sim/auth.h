// Who is asking: login, logout, and the three ways of carrying a session or credentials.
#pragma once

#include <optional>
#include <string>

#include "sim/call.h"
#include "sim/message.h"
#include "sim/reply.h"
#include "sim/state.h"

namespace sim {

/// Fills `user` and state.session, or says why not.
std::optional<Reply> authenticate(State& state, const Request& request, const Call& call, User*& user);

Reply handle_login(State& state, const Call& call);
Reply handle_logout(State& state, const Request& request, const Call& call);

}  // namespace sim
