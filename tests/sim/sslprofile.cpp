// SSL parameters and profiles. With the default profile enabled a vserver has no SSL settings of its own: its profile
// rules, and says so in the answers.
#include <algorithm>

#include "sim/listing.h"
#include "sim/resources.h"

namespace sim {
namespace {

Json entry_of(const SslProfile& profile) {
  Json::Object entry = {
      {"name", profile.name}, {"sslprofiletype", profile.front_end ? "FrontEnd" : "BackEnd"}, {"ssl3", "DISABLED"}};
  for (auto& member : show_ssl_settings(profile.ssl)) {
    entry.push_back(std::move(member));
  }
  return {std::move(entry)};
}

Reply add_profile(State& state, const Call& call) {
  if (auto refused = require(call, {{"name", "name"}})) return *refused;
  SslProfile profile;
  profile.name = *call.attribute("name");
  if (state.running().ssl_profile(profile.name) != nullptr) return failure(273, "name, " + profile.name);
  if (auto refused = set_ssl_settings(call, profile.ssl)) return *refused;
  state.running().ssl_profiles.push_back(std::move(profile));
  state.touch();
  return created();
}

Reply set_profile(State& state, const Call& call) {
  if (auto refused = require(call, {{"name", "name"}})) return *refused;
  SslProfile* profile = state.running().ssl_profile(*call.attribute("name"));
  if (profile == nullptr) return failure(3248);
  if (auto refused = set_ssl_settings(call, profile->ssl)) return *refused;
  state.touch();
  return done();
}

/// The vservers' own settings are lost with the switch.
void enable_default_profile(Config& config) {
  for (auto& vserver : config.vservers) {
    if (!vserver.is_ssl() || !vserver.ssl_profile.empty()) continue;
    vserver.ssl_profile = kFrontEndProfile;
    vserver.ssl = {};
  }
}

}  // namespace

Reply handle_sslparameter(State& state, const Call& call) {
  Config& config = state.running();
  if (call.method == "GET") {
    Json::Object entry = {{"quantumsize", "8"},         {"crlmemorysizemb", 256}, {"denysslreneg", "ALL"},
                          {"snihttphostmatch", "CERT"}, {"pushflag", "0"},        {"defaultprofile", "DISABLED"}};
    for (auto& member : entry) {
      const auto changed = config.ssl_parameter.find(member.name);
      if (changed != config.ssl_parameter.end()) member.value = changed->second;
    }
    return object_of(call.resource, Json(std::move(entry)));
  }
  if (call.method != "PUT") return failure(1240);
  for (const auto& [name, value] : call.object.object()) {
    config.ssl_parameter[name] = value.text();
  }
  if (config.has_default_profile()) enable_default_profile(config);
  state.touch();
  return done();
}

Reply handle_sslprofile(State& state, const Call& call) {
  Config& config = state.running();
  if (call.method == "POST" && call.action.empty()) return add_profile(state, call);
  if (call.method == "PUT") return set_profile(state, call);
  if (call.method != "GET") return failure(1240);
  if (!call.name.empty()) {
    const SslProfile* profile = config.ssl_profile(call.name);
    return profile == nullptr ? failure(258, "name, " + call.name) : listing(call, {entry_of(*profile)});
  }
  Json::Array items;
  for (const auto& profile : config.ssl_profiles) {
    items.push_back(entry_of(profile));
  }
  return listing(call, std::move(items));
}

}  // namespace sim
