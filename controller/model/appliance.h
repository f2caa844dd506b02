// NetScalerAppliance: where an appliance is, how it is trusted, and how it is treated.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "model/condition.h"
#include "model/deploy_windows.h"
#include "model/grant.h"
#include "model/object.h"

namespace certsync::model {

enum class SaveConfig { Always, WhenOurs, Never };

struct ApplianceTls {
  /// PEM; empty = the system's roots.
  std::string ca_bundle;
  std::string server_name;
  /// "sha256:<64 lower-case hex>": pins of the leaf, replacing chain and name checks.
  std::vector<std::string> fingerprints;
  bool insecure_skip_verify = false;

  bool operator==(const ApplianceTls&) const = default;
};

struct ApplianceSpec {
  std::vector<std::string> endpoints;
  std::string credentials_secret;
  ApplianceTls tls;
  /// Admin partition; empty = the default one.
  std::string partition;
  SaveConfig save_config = SaveConfig::Always;
  std::chrono::milliseconds resync_period{std::chrono::minutes(10)};
  std::chrono::milliseconds request_timeout{std::chrono::seconds(30)};
  int max_concurrent_requests = 4;
  /// How long an unreachable appliance may hold up a deletion.
  std::chrono::milliseconds deletion_timeout{std::chrono::hours(24)};
  std::vector<Grant> grants;
  /// Everything is granted to everybody: a manifest without grants, whose author owns the appliance.
  bool open_to_all = false;
  DeployWindows deploy_windows;
  /// Private keys leave this program encrypted only, so that no plain one lies on the appliance's disk.
  bool encrypt_keys = false;
  bool suspend = false;

  bool operator==(const ApplianceSpec&) const = default;
};

struct NextExpiry {
  std::string certkey;
  TimePoint not_after{};

  bool operator==(const NextExpiry&) const = default;
};

struct ApplianceStatus {
  std::int64_t observed_generation = 0;
  Conditions conditions;
  std::string primary_endpoint;
  std::string version;
  std::string ha_state;
  std::size_t certkeys = 0;
  std::size_t managed_certkeys = 0;
  std::optional<NextExpiry> next_expiry;
  std::optional<TimePoint> last_sync_time;
  std::optional<TimePoint> last_save_time;

  bool operator==(const ApplianceStatus&) const = default;
};

struct Appliance {
  ObjectMeta meta;
  ApplianceSpec spec;
  ApplianceStatus status;
  std::vector<std::string> problems;
  /// The spec as it was written, as JSON text: for the status file, and to see whether it changed.
  std::string raw_spec;
};

}  // namespace certsync::model
