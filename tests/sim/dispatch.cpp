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
      : state(&node), config(node.running), files(node.files), changed(node.config_changed) {}
  void restore() const {
    state->running = config;
    state->files = files;
    state->config_changed = changed;
  }

  State* state;
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
    if (State* peer = state.ha->peer_of(state)) before.emplace_back(*peer);
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
  outcome.mutating = call.writes() && call.resource != "login" && call.resource != "logout";
  outcome.applied = applied && outcome.mutating;
  return outcome;
}

}  // namespace

Outcome dispatch(State& state, const Request& request, bool trusted) {
  ParsedCall parsed = parse_call(request);
  Call& call = parsed.call;
  state.session = nullptr;
  if (parsed.refused) return finish(call, *parsed.refused, false);
  if (call.resource == "login") return finish(call, handle_login(state, call), false);
  if (call.resource == "logout") return finish(call, handle_logout(state, request, call), false);
  User* user = nullptr;
  if (!trusted) {
    if (const auto refused = authenticate(state, request, call, user)) return finish(call, *refused, false);
  }
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

std::string describe_state(const State& state) {
  std::string text;
  for (const auto& [name, certkey] : state.running.certkeys) {
    if (certkey.builtin) continue;
    text += "certkey " + name + " cert=" + certkey.cert;
    if (!certkey.key.empty()) text += " key=" + certkey.key;
    text += " serial=" + certkey.certificate->serial;
    if (!certkey.link.empty()) text += " link=" + certkey.link;
    text += '\n';
  }
  for (const auto& vserver : state.running.vservers) {
    text += "vserver " + vserver.name + (vserver.sni ? " sni" : "") + '\n';
    for (const auto& binding : state.running.bindings) {
      if (binding.owner != vserver.name) continue;
      text += "  bind " + binding.certkey + (binding.sni ? " sni" : "") + (binding.ca ? " ca" : "") + '\n';
    }
  }
  for (const auto& [kind, bindings] : state.running.service_bindings) {
    for (const auto& binding : bindings) {
      text += kind + " " + binding.owner + " bind " + binding.certkey + (binding.ca ? " ca" : "") + '\n';
    }
  }
  for (const auto& name : state.running.vpn_global) {
    text += "vpn global bind " + name + '\n';
  }
  for (const auto& [name, file] : state.files.files(kSslFolder)) {
    if (name.starts_with("ns-server.")) continue;
    text += "file " + name + " " + std::to_string(file.content.size()) + '\n';
  }
  text += std::string("saved ") + (state.config_changed ? "no" : "yes") + '\n';
  return text;
}

}  // namespace sim
