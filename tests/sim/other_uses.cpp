// Uses of a certkey that refuse its update: VPN global, the key that encrypts user data there, ADFS proxy profiles.
#include <algorithm>

#include "sim/listing.h"
#include "sim/resources.h"

namespace sim {
namespace {

constexpr const char* kCertkey = "certkeyname";
constexpr const char* kUserDataKey = "userdataencryptionkey";

/// Which of the two the call names; netscaler/adc-nitro-go, vpnglobal_sslcertkey_binding.
const char* named_use(const Call& call) {
  const bool user_data = call.attribute(kUserDataKey) || call.arg(kUserDataKey);
  return user_data ? kUserDataKey : kCertkey;
}

Reply list_vpn_global(const Config& config, const Call& call) {
  Json::Array items;
  for (const auto& name : config.vpn_global) {
    items.push_back(Json(Json::Object{{kCertkey, name}}));
  }
  for (const auto& name : config.user_data_keys) {
    items.push_back(Json(Json::Object{{kUserDataKey, name}}));
  }
  return listing(call, std::move(items));
}

Json profile_entry(const std::string& name, const std::string& certkey) {
  return {Json::Object{{"name", name}, {kCertkey, certkey}, {"adfstruststatus", "Success"}}};
}

}  // namespace

Reply handle_vpnglobal_sslcertkey_binding(State& state, const Call& call) {
  Config& config = state.running();
  if (call.method == "GET") return list_vpn_global(config, call);
  const std::string use = named_use(call);
  const std::string name = call.key(use);
  if (name.empty()) return failure(1095, "certkeyName");
  auto& bound = use == kCertkey ? config.vpn_global : config.user_data_keys;
  const Certkey* certkey = config.certkey(name);
  if (certkey == nullptr) return failure(1540);
  if (call.method == "DELETE") {
    if (bound.erase(name) == 0) return failure(1542);
    state.touch();
    return done();
  }
  if (certkey->builtin) return failure(3722);
  if (!bound.insert(name).second) return failure(273);
  state.touch();
  return created();
}

Reply handle_adfsproxyprofile(State& state, const Call& call) {
  auto& profiles = state.running().adfs_proxy_profiles;
  if (call.method == "GET" && call.name.empty()) {
    Json::Array items;
    for (const auto& [name, certkey] : profiles) {
      items.push_back(profile_entry(name, certkey));
    }
    return listing(call, std::move(items));
  }
  const std::string name = call.key("name");
  if (name.empty()) return failure(1095, "name");
  if (call.method == "POST" && call.action.empty()) {
    const std::string certkey = call.attribute(kCertkey).value_or("");
    if (certkey.empty()) return failure(1095, "certKeyName");
    if (state.running().certkey(certkey) == nullptr) return failure(1540);
    if (!profiles.emplace(name, certkey).second) return failure(273, "name, " + name);
    state.touch();
    return created();
  }
  const auto found = profiles.find(name);
  if (found == profiles.end()) return failure(258, "name, " + name);
  if (call.method == "GET") return listing(call, {profile_entry(name, found->second)});
  if (call.method != "DELETE") return failure(1240);
  profiles.erase(found);
  state.touch();
  return done();
}

}  // namespace sim
