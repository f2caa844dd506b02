#include "sim/dispatch.h"

#include <utility>
#include <vector>

#include "sim/auth.h"
#include "sim/ha.h"
#include "sim/resources.h"

namespace sim {
namespace {

Reply run_one(State& state, const Call& call, const User* user) {
  const Handler handler = find_handler(call);
  if (handler == nullptr) return failure(1232);
  if (user != nullptr && !user->superuser) {
    if (user->policies.empty()) return failure(371);
    const std::string command = cli_command(call);
    if (!user->may(command)) return failure(2138, command);
  }
  if (auto refused = refuse_by_role(state, call)) return *refused;
  Reply reply = handler(state, call);
  propagate(state, call, handler, reply);
  return reply;
}

Json response_entry(const Reply& reply) {
  return {status_members(reply)};
}

/// What "rollback" puts back.
struct Snapshot {
  explicit Snapshot(State& node)
      : state(&node),
        partition(node.here),
        config(node.running()),
        files(node.files),
        changed(node.here->config_changed) {}
  void restore() const {
    partition->running = config;
    partition->config_changed = changed;
    state->files = files;
  }

  State* state;
  Partition* partition;
  Config config;
  FileStore files;
  bool changed;
};

/// 207 and one entry per element when any failed (netscaler NITRO guide, "bulk operations").
Reply run_bulk(State& state, const Call& call, const User* user, bool& applied) {
  const bool rollback = call.on_error == "rollback";
  if (rollback && !call.action.empty()) return failure(1242);
  std::vector<Snapshot> before;
  if (rollback) {
    before.emplace_back(state);
    if (State* peer = state.ha->peer_of(state)) {
      const InPartition in(*peer, state.here->name);
      before.emplace_back(*peer);
    }
  }
  Json::Array responses;
  Reply last = done();
  bool failed = false;
  for (const auto& object : call.objects) {
    if (failed && call.on_error != "continue") {
      responses.push_back(response_entry(failure(1265)));
      continue;
    }
    Call element = call;
    element.object = object;
    Reply reply = run_one(state, element, user);
    responses.push_back(response_entry(reply));
    applied = applied || has_changed(reply);
    if (reply.ok()) {
      last = std::move(reply);
    } else {
      failed = true;
    }
  }
  if (!failed) return last;
  for (const auto& snapshot : before) {
    snapshot.restore();
    applied = false;
  }
  Reply reply = failure(1243);
  reply.members.push_back({"response", std::move(responses)});
  return reply;
}

Outcome finish(const Call& call, const Reply& reply, bool applied) {
  Outcome outcome;
  outcome.response = to_response(reply, call.warning);
  outcome.errorcode = reply.errorcode;
  const bool about_session = call.resource == "login" || call.resource == "logout" || call.resource == "nspartition";
  outcome.mutating = call.writes() && !about_session;
  outcome.applied = applied && outcome.mutating;
  return outcome;
}

Outcome work(State& state, const Call& call, const User* user) {
  bool applied = false;
  Reply reply;
  if (call.bulk) {
    reply = run_bulk(state, call, user, applied);
  } else {
    reply = run_one(state, call, user);
    applied = has_changed(reply) && call.writes();
  }
  return finish(call, reply, applied);
}

}  // namespace

Outcome dispatch(State& state, const Request& request) {
  ParsedCall parsed = parse_call(request);
  Call& call = parsed.call;
  state.session = nullptr;
  if (parsed.refused) return finish(call, *parsed.refused, false);
  if (call.resource == "login") return finish(call, handle_login(state, call), false);
  if (call.resource == "logout") return finish(call, handle_logout(state, request, call), false);
  User* user = nullptr;
  if (const auto refused = authenticate(state, request, call, user)) return finish(call, *refused, false);
  // Header authentication has nowhere to keep another partition.
  const InPartition in(state, state.session == nullptr ? kDefaultPartition : state.session->partition);
  return work(state, call, user);
}

Outcome dispatch_trusted(State& state, const Request& request, const std::string& partition) {
  const ParsedCall parsed = parse_call(request);
  state.session = nullptr;
  if (parsed.refused) return finish(parsed.call, *parsed.refused, false);
  const InPartition in(state, partition);
  return work(state, parsed.call, nullptr);
}

std::string describe_partition(const State& state, const Partition& partition) {
  const Config& config = partition.running;
  std::string text;
  for (const auto& [name, certkey] : config.certkeys) {
    if (certkey.builtin) continue;
    text += "certkey " + name + " cert=" + certkey.cert;
    if (!certkey.key.empty()) text += " key=" + certkey.key;
    if (!certkey.fips_key.empty()) text += " fipskey=" + certkey.fips_key;
    text += " serial=" + certkey.certificate->serial;
    if (!certkey.link.empty()) text += " link=" + certkey.link;
    text += '\n';
  }
  for (const auto& vserver : config.vservers) {
    text += "vserver " + vserver.name + (config.ssl_settings(vserver).sni ? " sni" : "") + '\n';
    for (const auto& binding : config.bindings) {
      if (binding.owner != vserver.name) continue;
      text += "  bind " + binding.certkey + (binding.sni ? " sni" : "") + (binding.ca ? " ca" : "") + '\n';
    }
  }
  for (const auto& [kind, bindings] : config.service_bindings) {
    for (const auto& binding : bindings) {
      if (config.certkey(binding.certkey)->builtin) continue;
      text += kind + " " + binding.owner + " bind " + binding.certkey + (binding.ca ? " ca" : "") + '\n';
    }
  }
  for (const auto& name : config.vpn_global) {
    text += "vpn global bind " + name + '\n';
  }
  for (const auto& name : config.user_data_keys) {
    text += "user data key " + name + '\n';
  }
  for (const auto& [name, certkey] : config.adfs_proxy_profiles) {
    text += "adfs proxy " + name + " uses " + certkey + '\n';
  }
  for (const auto& [name, file] : state.files.files(partition.ssl_folder())) {
    if (name.starts_with("ns-server.")) continue;
    text += "file " + name + " " + std::to_string(file.content.size()) + '\n';
  }
  text += std::string("saved ") + (partition.config_changed ? "no" : "yes") + '\n';
  return text;
}

std::string describe_state(const State& state) {
  std::string text = describe_partition(state, state.partitions.at(kDefaultPartition));
  for (const auto& [name, partition] : state.partitions) {
    if (!partition.is_default()) text += "partition " + name + '\n' + describe_partition(state, partition);
  }
  return text;
}

}  // namespace sim
