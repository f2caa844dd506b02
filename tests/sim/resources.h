// The NITRO resources: each takes a parsed call and answers it. resources.cpp knows which one serves a name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/call.h"
#include "sim/reply.h"
#include "sim/state.h"

namespace sim {

using Handler = Reply (*)(State&, const Call&);
/// Null for a resource the appliance does not know.
Handler find_handler(const Call& call);

Reply handle_systemfile(State& state, const Call& call);
Reply handle_sslcertkey(State& state, const Call& call);
Reply handle_sslcertlink(State& state, const Call& call);
Reply handle_sslcertificatechain(State& state, const Call& call);
Reply handle_sslcertchain_binding(State& state, const Call& call);
Reply handle_sslcertkey_binding(State& state, const Call& call);
Reply handle_sslcertkey_sslvserver_binding(State& state, const Call& call);
Reply handle_sslcertkey_service_binding(State& state, const Call& call);
Reply handle_sslvserver(State& state, const Call& call);
Reply handle_sslvserver_sslcertkey_binding(State& state, const Call& call);
Reply handle_sslvserver_binding(State& state, const Call& call);
Reply handle_sslservice_sslcertkey_binding(State& state, const Call& call);
Reply handle_service(State& state, const Call& call);
Reply handle_sslservice(State& state, const Call& call);
Reply handle_sslfipskey(State& state, const Call& call);
Reply handle_vserver(State& state, const Call& call);
Reply handle_vpnglobal_sslcertkey_binding(State& state, const Call& call);
Reply handle_adfsproxyprofile(State& state, const Call& call);
Reply handle_nsconfig(State& state, const Call& call);
Reply handle_nsversion(State& state, const Call& call);
Reply handle_nshardware(State& state, const Call& call);
Reply handle_nsfeature(State& state, const Call& call);
Reply handle_hanode(State& state, const Call& call);
Reply handle_hafiles(State& state, const Call& call);
Reply handle_hasync(State& state, const Call& call);
Reply handle_nspartition(State& state, const Call& call);
Reply handle_systemsession(State& state, const Call& call);
Reply handle_system(State& state, const Call& call);
Reply handle_systemcmdpolicy(State& state, const Call& call);
Reply handle_systemuser(State& state, const Call& call);
Reply handle_systemuser_systemcmdpolicy_binding(State& state, const Call& call);
Reply handle_sslparameter(State& state, const Call& call);
Reply handle_sslprofile(State& state, const Call& call);

/// An attribute of a resource: its NITRO name in lower case and the CLI's spelling, which errors show.
struct Attribute {
  const char* name;
  const char* cli;
};
/// 1090 for an attribute the resource does not have, 278 for one this operation does not take, 1234 for an object
/// where a scalar belongs.
std::optional<Reply> check_attributes(const Call& call, const std::vector<Attribute>& known,
                                      const std::vector<std::string>& allowed);
/// 1095, with the CLI's spelling in the bracket.
std::optional<Reply> require(const Call& call, const std::vector<Attribute>& needed);
/// A boolean of `args` must be lower case: netscaler/ansible-collection-netscaleradc #454.
std::optional<Reply> check_arg_flags(const Call& call, const std::vector<std::string>& names);

/// The CLI command a request turns into: what command policies are matched against, and the bracket of 2138.
std::string cli_command(const Call& call);

}  // namespace sim
