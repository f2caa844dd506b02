// What an appliance is like before the first request: shared by the in-process appliance and the full simulator.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace sim {

struct VserverOptions {
  std::string name;
  std::string type = "lb";  // lb, cs, vpn or authentication
  bool sni = false;
  /// Its own SSL profile, which must be among Options::ssl_profiles.
  std::string ssl_profile = {};
  /// No handshake without a client's certificate.
  bool client_auth = false;
  bool tls12 = true;
  bool tls13 = true;
};

struct SslProfileOptions {
  std::string name;
  bool sni = false;
};

struct ServiceOptions {
  std::string name;
  bool group = false;
  std::string type = "SSL";
};

/// A key in the hardware module. Without `key_pem` it fits every certificate, and no handshake succeeds.
struct FipsKeyOptions {
  std::string name;
  std::string key_pem = {};
};

/// An admin partition, beside the default one.
struct PartitionOptions {
  std::string name;
  std::vector<VserverOptions> vservers = {};
  std::vector<ServiceOptions> services = {};
};

/// What a secondary answers to a write is not public: it fails "by design" (citrix/terraform-provider-citrixadc #1049),
/// while the command line warns and performs it locally.
enum class SecondaryWrites {
  Refused,  // 368
  Warned,   // done locally and lost at the next sync; 1028 for who asks for warnings
  Silent,   // the same without a word
};

/// How 349 comes: the primary has done it, the secondary has not. Not public either.
enum class FailedOnSecondary { Warning, Error };

struct HaOptions {
  SecondaryWrites secondary_writes = SecondaryWrites::Refused;
  FailedOnSecondary failed_on_secondary = FailedOnSecondary::Warning;
  /// So long after a failover writes are answered with 412.
  std::chrono::milliseconds busy_after_failover{0};
};

struct Options {
  std::string user = "nsroot";
  std::string password = "nsroot-password";
  std::vector<VserverOptions> vservers;
  std::vector<ServiceOptions> services;
  std::vector<PartitionOptions> partitions;
  /// sslparameter defaultprofile, in every partition, and the profiles beside the default ones.
  bool default_profile = false;
  std::vector<SslProfileOptions> ssl_profiles;
  /// The answer to `snienable` and the like on a vserver that has a profile: 3679 and 3740 both fit, by their texts.
  int refusal_under_profile = 3679;
  /// The management certificate; a self-signed one is made when both are empty.
  std::string certificate_pem;
  std::string key_pem;
  /// Where NITRO is served: a loopback address, port 0 = the system's choice. Also the address that the appliance
  /// reports as its own.
  std::string host = "127.0.0.1";
  int port = 0;
  int max_sessions = 20;
  /// 31 on old releases (netscaler/netscaler-k8s-ingress-controller #435), 63 on current ones.
  std::size_t max_certkey_name = 63;
  std::string version = "NetScaler NS14.1: Build 43.50.nc, Date: Feb 11 2025, 10:31:36   (64-bit)";
  /// Builds without it answer 1642 to every upload over an existing file.
  bool supports_override = true;
  /// Builds without it do not know the attribute: 1090.
  bool supports_delete_files = true;
  /// deletecertkeyfilesonremoval of a certkey that does not say: NO, IF_EXPIRED or ALWAYS.
  std::string delete_files_on_removal = "NO";
  /// 284 for an upload beyond so many bytes on the disk; 0: endless.
  std::size_t disk_bytes = 0;
  /// 1072 for an add beyond so many certkeys, the built-in one apart; 0: endless. The real number is not published.
  std::size_t max_certkeys = 0;
  /// systemparameter basicauth: when off, credentials in headers are refused with 1244.
  bool header_auth = true;
  bool tls12_only = false;
  /// sslcertkey_binding tells of VPN global. Generated models of it have no such member; when off, only
  /// vpnglobal_sslcertkey_binding does.
  bool shows_vpn_global = true;
  /// How long a save runs; another one meanwhile gets 293. The acceptance tests of
  /// citrix/terraform-provider-citrixadc found the window about half a second wide.
  std::chrono::milliseconds save_time{0};
  std::vector<FipsKeyOptions> fips_keys;
  /// For two appliances as a pair.
  HaOptions ha;
};

}  // namespace sim
