#include "sim/model.h"

#include <algorithm>

namespace sim {

Certkey* Config::certkey(const std::string& name) {
  const auto found = certkeys.find(name);
  return found == certkeys.end() ? nullptr : &found->second;
}

const Certkey* Config::certkey(const std::string& name) const {
  const auto found = certkeys.find(name);
  return found == certkeys.end() ? nullptr : &found->second;
}

Vserver* Config::vserver(const std::string& name) {
  const auto found = std::find_if(vservers.begin(), vservers.end(), [&](const auto& v) { return v.name == name; });
  return found == vservers.end() ? nullptr : &*found;
}

const Vserver* Config::vserver(const std::string& name) const {
  const auto found = std::find_if(vservers.begin(), vservers.end(), [&](const auto& v) { return v.name == name; });
  return found == vservers.end() ? nullptr : &*found;
}

std::string service_kind(bool group) {
  return group ? "servicegroup" : "service";
}

const Service* Config::service(const std::string& name, bool group) const {
  const auto found = std::find_if(services.begin(), services.end(),
                                  [&](const Service& s) { return s.name == name && s.group == group; });
  return found == services.end() ? nullptr : &*found;
}

SslProfile* Config::ssl_profile(const std::string& name) {
  const auto found =
      std::find_if(ssl_profiles.begin(), ssl_profiles.end(), [&](const SslProfile& p) { return p.name == name; });
  return found == ssl_profiles.end() ? nullptr : &*found;
}

const SslProfile* Config::ssl_profile(const std::string& name) const {
  const auto found =
      std::find_if(ssl_profiles.begin(), ssl_profiles.end(), [&](const SslProfile& p) { return p.name == name; });
  return found == ssl_profiles.end() ? nullptr : &*found;
}

bool Config::has_default_profile() const {
  const auto found = ssl_parameter.find("defaultprofile");
  return found != ssl_parameter.end() && found->second == "ENABLED";
}

const SslSettings& Config::ssl_settings(const Vserver& vserver) const {
  const SslProfile* profile = ssl_profile(vserver.ssl_profile);
  return profile == nullptr ? vserver.ssl : profile->ssl;
}

bool Config::is_used_by_adfs_proxy(const std::string& certkey) const {
  return std::any_of(adfs_proxy_profiles.begin(), adfs_proxy_profiles.end(),
                     [&](const auto& profile) { return profile.second == certkey; });
}

bool Config::is_bound(const std::string& certkey) const {
  const auto uses = [&](const Binding& binding) { return binding.certkey == certkey; };
  if (vpn_global.contains(certkey) || user_data_keys.contains(certkey)) return true;
  if (is_used_by_adfs_proxy(certkey)) return true;
  if (std::any_of(bindings.begin(), bindings.end(), uses)) return true;
  return std::any_of(service_bindings.begin(), service_bindings.end(),
                     [&](const auto& kind) { return std::any_of(kind.second.begin(), kind.second.end(), uses); });
}

bool Config::is_linked_to(const std::string& certkey) const {
  return std::any_of(certkeys.begin(), certkeys.end(), [&](const auto& entry) { return entry.second.link == certkey; });
}

}  // namespace sim
