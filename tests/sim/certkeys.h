// What the files about certkeys share with each other.
#pragma once

#include <string>

#include "sim/call.h"
#include "sim/reply.h"
#include "sim/state.h"

namespace sim {

/// Begins with a letter, a digit or '_'; then those and `# . space : @ = -`.
bool is_valid_name(const std::string& name);

Reply show_certkeys(State& state, const Call& call);
Reply link_certkey(State& state, const Call& call);
Reply unlink_certkey(State& state, const Call& call);
/// bundle=YES: leaf and key first, then each intermediate as NAME_ic1, NAME_ic2, ..., linked.
Reply add_bundle(State& state, Certkey certkey);

struct BrokenByUpdate {
  bool links = false;
  bool bindings = false;
  bool sni_duplicates = false;
  bool sni_nameless = false;
};
/// After a new certificate came into use under `name`: takes away the links and bindings that no longer fit.
BrokenByUpdate break_incompatible(Config& config, const std::string& name);

}  // namespace sim
