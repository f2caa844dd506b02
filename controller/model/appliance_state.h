// What one look at an appliance showed: plain data, in the appliance's own words.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/target.h"

namespace certsync::model {

struct InstalledCertKey {
  std::string name;
  /// Bare file names where the file lies in /nsconfig/ssl, else the path.
  std::string cert_file;
  std::string key_file;
  /// The key in the FIPS card, where the build shows it.
  std::string fips_key;
  /// Comparable form: upper-case hex, no leading zeros.
  std::string serial;
  std::string issuer;
  std::string subject;
  /// As far as the appliance tells them.
  std::vector<std::string> dns_names;
  std::string signature_algorithm;
  std::string public_key;
  int key_bits = 0;
  std::optional<TimePoint> not_before;
  std::optional<TimePoint> not_after;
  /// The appliance's own opinion, by its own clock.
  bool expired = false;
  /// The certkey this one is linked to; empty = none.
  std::string link;
  std::optional<bool> expiry_monitor;
  std::optional<int> notification_period_days;
};

struct InstalledBinding {
  Target target;
  std::string certkey;
  bool sni = false;
  bool ca = false;

  auto operator<=>(const InstalledBinding&) const = default;
};

struct SslVirtualServer {
  std::string name;
  /// Its own switch; where a profile rules it, the profile's.
  bool sni_enabled = false;
  /// The SSL profile that rules its parameters; empty = none.
  std::string profile;
};

/// How the node that was looked at stands in high availability.
struct HaView {
  /// "Primary", "Standalone"; empty = the account may not see it.
  std::string state;
  /// The management address that reached it.
  std::string endpoint;
  /// The node's own address: another one after a failover behind a floating address.
  std::string node;
  bool pair = false;
};

struct ApplianceState {
  std::map<std::string, InstalledCertKey> certkeys;
  std::set<InstalledBinding> bindings;
  std::map<std::string, SslVirtualServer> virtual_servers;
  /// Services and service groups, where somebody asked for them.
  std::set<Target> services;
  /// The account may not see them, or not all of them.
  bool services_hidden = false;
  /// Name → "host:port", for those that have an address of their own.
  std::map<std::string, std::string> addresses;
  /// Files in /nsconfig/ssl that carry somebody's owner mark: name → bytes.
  std::map<std::string, std::int64_t> files;
  /// SHA-256 (hex) of the certificates of a person's certkeys, where their file could be read.
  std::map<std::string, std::string> foreign_digests;
  /// Unsaved changes, whoever made them.
  bool config_changed = false;
  std::string version;
  HaView ha;
};

}  // namespace certsync::model
