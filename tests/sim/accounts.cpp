// Accounts and what they may do, as an administrator sets them up by NITRO: systemcmdpolicy, systemuser and the binding
// between them (ryancbutler/ns-letsencrypt, j81blog/GenLeCertForNS; models of netscaler/adc-nitro-go).
#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "sim/listing.h"
#include "sim/resources.h"

namespace sim {
namespace {

constexpr std::size_t kMaxName = 31;
constexpr int kMaxPriority = 2147483647;
/// Of the built-in policies the only one that is known here.
constexpr const char* kSuperuser = "superuser";

const std::vector<Attribute>& known_of_policy() {
  static const std::vector<Attribute> kKnown = {
      {"policyname", "policyName"}, {"action", "action"}, {"cmdspec", "cmdSpec"}};
  return kKnown;
}

Json policy_entry(const std::string& name, const CommandPolicy& policy) {
  return {Json::Object{{"policyname", name}, {"action", policy.allow ? "ALLOW" : "DENY"}, {"cmdspec", policy.pattern}}};
}

Reply add_policy(State& state, const Call& call) {
  if (auto refused = check_attributes(call, known_of_policy(), {"policyname", "action", "cmdspec"})) return *refused;
  if (auto refused = require(call, known_of_policy())) return *refused;
  const std::string name = *call.attribute("policyname");
  const std::string action = certsync::to_lower(*call.attribute("action"));
  if (name.size() > kMaxName) return failure(1106, "policyName");
  if (action != "allow" && action != "deny") return failure(1097, "action");
  if (state.command_policies.contains(name)) return failure(273, "policyName, " + name);
  try {
    state.command_policies[name] = command_policy(action == "allow", *call.attribute("cmdspec"));
  } catch (const std::regex_error&) {
    return failure(1097, "cmdSpec");
  }
  state.touch();
  return created();
}

Reply add_user(State& state, const Call& call) {
  if (auto refused = require(call, {{"username", "userName"}, {"password", "password"}})) return *refused;
  const std::string name = *call.attribute("username");
  if (state.users.contains(name)) return failure(273, "userName, " + name);
  User& user = state.users[name];
  user.password = *call.attribute("password");
  user.superuser = false;
  user.max_sessions = state.options.max_sessions;
  state.touch();
  return created();
}

}  // namespace

Reply handle_systemcmdpolicy(State& state, const Call& call) {
  const std::string name = call.key("policyname");
  if (call.method == "GET") {
    Json::Array items;
    for (const auto& [one, policy] : state.command_policies) {
      if (name.empty() || name == one) items.push_back(policy_entry(one, policy));
    }
    if (items.empty() && !name.empty()) return failure(373);
    return listing(call, std::move(items));
  }
  if (call.method == "POST") return add_policy(state, call);
  if (call.method != "DELETE") return failure(1240);
  if (state.command_policies.erase(name) == 0) return failure(373);
  state.touch();
  return done();
}

Reply handle_systemuser(State& state, const Call& call) {
  if (call.method == "POST") return add_user(state, call);
  if (call.method != "GET") return failure(1240);
  Json::Array items;
  for (const auto& [name, user] : state.users) {
    if (!call.name.empty() && call.name != name) continue;
    items.push_back(Json(Json::Object{{"username", name}, {"maxsession", std::to_string(user.max_sessions)}}));
  }
  if (items.empty()) return failure(258, "userName, " + call.name);
  return listing(call, std::move(items));
}

Reply handle_systemuser_systemcmdpolicy_binding(State& state, const Call& call) {
  const auto user = state.users.find(call.key("username"));
  if (user == state.users.end()) return failure(258, "userName, " + call.key("username"));
  auto& bound = user->second.policies;
  if (call.method == "GET") {
    Json::Array items;
    for (const auto& policy : bound)
      items.push_back(Json(Json::Object{
          {"username", user->first}, {"policyname", policy.name}, {"priority", std::to_string(policy.priority)}}));
    return listing(call, std::move(items));
  }
  // The path names the user.
  const std::string name = call.attribute("policyname").value_or(call.arg("policyname").value_or(""));
  if (call.method == "DELETE") {
    if (std::erase_if(bound, [&](const CommandPolicy& policy) { return policy.name == name; }) == 0)
      return failure(258, "policyName, " + name);
    state.touch();
    return done();
  }
  if (call.method != "PUT" && call.method != "POST") return failure(1240);
  int priority = -1;
  const std::string text = call.attribute("priority").value_or("");
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), priority);
  if (parsed.ec != std::errc{} || priority < 0 || priority > kMaxPriority) return failure(1095, "priority");
  state.touch();
  if (name == kSuperuser) {
    user->second.superuser = true;
    return created();
  }
  const auto found = state.command_policies.find(name);
  if (found == state.command_policies.end()) return failure(373);
  CommandPolicy policy = found->second;
  policy.name = name;
  policy.priority = priority;
  const auto place = std::upper_bound(bound.begin(), bound.end(), priority,
                                      [](int left, const CommandPolicy& right) { return left < right.priority; });
  bound.insert(place, std::move(policy));
  return created();
}

}  // namespace sim
