// The nouns of the in-memory appliance: plain data, copied whole when the configuration is saved.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/ssl_settings.h"
#include "sim/x509.h"

namespace sim {

struct File {
  std::string content;
  certsync::TimePoint modified;
};

struct Certkey {
  std::string name;
  std::string cert;  // as given: a bare name means /nsconfig/ssl
  std::string key;
  std::string fips_key;  // the name of a key in hardware, instead of a file
  std::string inform = "PEM";
  std::optional<std::string> passplain;
  bool monitor = true;
  int notification_days = 30;
  bool bundle = false;
  std::string delete_files = "NO";
  std::string link;  // the issuer's certkey, or empty
  bool builtin = false;
  // What is in use. It lives on when the files change or go.
  CertificatePtr certificate;
  KeyPtr private_key;
  std::uint64_t generation = 0;  // differs after every load

  bool has_key() const { return private_key != nullptr || !fips_key.empty(); }
};

struct Binding {
  std::string owner;  // the vserver, service or service group
  std::string certkey;
  bool sni = false;
  bool ca = false;
  bool skip_ca_name = false;
  std::string crl_check;
  std::string ocsp_check;
};

struct Vserver {
  std::string name;
  std::string kind = "lb";
  std::string service_type = "SSL";
  std::string ip = "127.0.0.1";
  int port = 443;
  SslSettings ssl;          // without effect under a profile
  std::string ssl_profile;  // empty: none

  bool is_ssl() const { return service_type == "SSL"; }
};

inline constexpr const char* kFrontEndProfile = "ns_default_ssl_profile_frontend";
inline constexpr const char* kBackEndProfile = "ns_default_ssl_profile_backend";

struct SslProfile {
  std::string name;
  bool front_end = true;
  SslSettings ssl = {};
};

/// A service or a service group: what stands behind virtual servers.
struct Service {
  std::string name;
  bool group = false;
  std::string type = "SSL";
  std::string ip = "127.0.0.1";
  int port = 443;
  bool internal = false;  // the appliance's own

  bool is_ssl() const { return type == "SSL"; }
};

/// The key into Config::service_bindings.
std::string service_kind(bool group);

struct Config {
  std::map<std::string, Certkey> certkeys;
  /// Serial and issuer -> certkey name.
  std::map<std::string, std::string> identities;
  std::vector<Vserver> vservers;
  std::vector<Binding> bindings;
  std::vector<Service> services;
  std::map<std::string, std::vector<Binding>> service_bindings;
  std::set<std::string> vpn_global;
  /// VPN global too: certkeys that encrypt what users store.
  std::set<std::string> user_data_keys;
  /// Profile -> certkey.
  std::map<std::string, std::string> adfs_proxy_profiles;
  std::map<std::string, std::string> ssl_parameter;
  std::vector<SslProfile> ssl_profiles = {{kFrontEndProfile}, {kBackEndProfile, false}};
  std::set<std::string> features = {"LB", "CS", "SSL", "SSLVPN", "AAA", "RESPONDER"};

  Certkey* certkey(const std::string& name);
  const Certkey* certkey(const std::string& name) const;
  Vserver* vserver(const std::string& name);
  const Vserver* vserver(const std::string& name) const;
  const Service* service(const std::string& name, bool group) const;
  SslProfile* ssl_profile(const std::string& name);
  const SslProfile* ssl_profile(const std::string& name) const;
  bool has_default_profile() const;
  /// Its profile's, where it has one.
  const SslSettings& ssl_settings(const Vserver& vserver) const;
  bool is_used_by_adfs_proxy(const std::string& certkey) const;
  bool is_bound(const std::string& certkey) const;
  bool is_linked_to(const std::string& certkey) const;
};

}  // namespace sim
