// Virtual servers: lb, cs, vpn and authentication ones, and the sslvserver each SSL one brings along.
#include <algorithm>
#include <charconv>

#include "sim/listing.h"
#include "sim/resources.h"

namespace sim {
namespace {

constexpr std::string_view kVserver = "vserver";

std::string kind_of(const Call& call) {
  return call.resource.substr(0, call.resource.size() - kVserver.size());
}

Json entry_of(const Vserver& vserver) {
  Json::Object entry = {{"name", vserver.name},
                        {"td", "0"},
                        {"ipv46", vserver.ip},
                        {"port", vserver.port},
                        {"servicetype", vserver.service_type},
                        {"type", vserver.kind == "cs" ? "CONTENT" : "ADDRESS"},
                        {"curstate", "UP"},
                        {"effectivestate", "UP"},
                        {"status", 1}};
  return {std::move(entry)};
}

/// Under a profile these are the vserver's own settings still, and mean nothing.
Json ssl_entry_of(const Vserver& vserver) {
  Json::Object entry = {{"vservername", vserver.name}, {"dh", "DISABLED"},   {"ersa", "ENABLED"},
                        {"sessreuse", "ENABLED"},      {"ssl3", "DISABLED"}, {"tls1", "DISABLED"},
                        {"tls11", "DISABLED"}};
  for (auto& member : show_ssl_settings(vserver.ssl)) {
    entry.push_back(std::move(member));
  }
  if (vserver.ssl.client_auth) entry.push_back({"clientcert", "Mandatory"});
  entry.push_back({"service", 0});
  if (!vserver.ssl_profile.empty()) entry.push_back({"sslprofile", vserver.ssl_profile});
  return {std::move(entry)};
}

Reply add_vserver(State& state, const Call& call) {
  if (auto refused = require(call, {{"name", "name"}})) return *refused;
  Vserver vserver;
  vserver.name = *call.attribute("name");
  vserver.kind = kind_of(call);
  if (const auto type = call.attribute("servicetype")) vserver.service_type = *type;
  if (const auto ip = call.attribute("ipv46")) vserver.ip = *ip;
  if (const auto port = call.attribute("port")) {
    if (std::from_chars(port->data(), port->data() + port->size(), vserver.port).ec != std::errc{}) {
      return failure(1097, "port");
    }
  }
  if (state.running().vserver(vserver.name) != nullptr) {
    return call.idempotent ? created() : failure(273, "name, " + vserver.name);
  }
  if (vserver.is_ssl() && state.running().has_default_profile()) vserver.ssl_profile = kFrontEndProfile;
  state.running().vservers.push_back(std::move(vserver));
  state.touch();
  return created();
}

Reply remove_vserver(State& state, const std::string& name) {
  std::erase_if(state.running().vservers, [&](const Vserver& vserver) { return vserver.name == name; });
  std::erase_if(state.running().bindings, [&](const Binding& binding) { return binding.owner == name; });
  state.touch();
  return done();
}

std::optional<Reply> set_ssl(const State& state, const Call& call, Vserver& vserver) {
  if (const auto profile = call.attribute("sslprofile")) {
    if (state.running().ssl_profile(*profile) == nullptr) return failure(3248);
    vserver.ssl_profile = *profile;
  }
  if (!vserver.ssl_profile.empty() && names_ssl_settings(call)) return failure(state.options.refusal_under_profile);
  return set_ssl_settings(call, vserver.ssl);
}

std::optional<Reply> unset_ssl(const State& state, const Call& call, Vserver& vserver) {
  if (call.flag("sslprofile")) {
    vserver.ssl_profile = state.running().has_default_profile() ? kFrontEndProfile : "";
  }
  if (!vserver.ssl_profile.empty() && names_ssl_settings(call)) return failure(state.options.refusal_under_profile);
  unset_ssl_settings(call, vserver.ssl);
  return std::nullopt;
}

}  // namespace

Reply handle_vserver(State& state, const Call& call) {
  const std::string kind = kind_of(call);
  if (call.method == "POST" && call.action.empty()) return add_vserver(state, call);
  if (call.method == "GET" && call.name.empty()) {
    Json::Array items;
    for (const auto& vserver : state.running().vservers) {
      if (vserver.kind == kind) items.push_back(entry_of(vserver));
    }
    return listing(call, std::move(items));
  }
  const std::string name = call.key("name");
  const Vserver* vserver = state.running().vserver(name);
  if (vserver == nullptr || vserver->kind != kind) return failure(258, "name, " + name);
  if (call.method == "GET") return listing(call, {entry_of(*vserver)});
  if (call.method == "DELETE") return remove_vserver(state, name);
  if (call.action.empty() || call.action == "enable" || call.action == "disable") return done();
  return failure(1240);
}

Reply handle_sslvserver(State& state, const Call& call) {
  if (call.method == "GET" && call.name.empty()) {
    Json::Array items;
    for (const auto& vserver : state.running().vservers) {
      if (vserver.is_ssl()) items.push_back(ssl_entry_of(vserver));
    }
    return listing(call, std::move(items));
  }
  const bool set = call.method == "PUT" || (call.method == "POST" && call.action == "unset");
  // An sslvserver exists by its vserver: it is never added or deleted.
  if (call.method != "GET" && !set) return failure(1240);
  const std::string name = call.key("vservername");
  if (name.empty()) return failure(1095, "vServerName");
  Vserver* vserver = state.running().vserver(name);
  if (vserver == nullptr) return failure(461);
  if (!vserver->is_ssl()) return failure(3730);
  if (call.method == "GET") return listing(call, {ssl_entry_of(*vserver)});
  const auto refused = call.action.empty() ? set_ssl(state, call, *vserver) : unset_ssl(state, call, *vserver);
  if (refused) return *refused;
  state.touch();
  return done();
}

}  // namespace sim
