// NetScalerCertSync: which certificates go to which appliances, under which names, bound where. Names follow the kind.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "model/condition.h"
#include "model/deploy_windows.h"
#include "model/label_selector.h"
#include "model/object.h"
#include "model/target.h"

namespace certsync::model {

enum class Role { Default, Sni };
std::string_view to_text(Role role);

struct BindingSpec {
  Target target;
  Role role = Role::Default;
  bool enable_sni = false;

  auto operator<=>(const BindingSpec&) const = default;
};

struct CertKeySpec {
  std::string name = "{{namespace}}_{{secret}}";
  std::size_t max_name_length = 31;
  bool expiry_monitor = true;
  int notification_period_days = 30;

  bool operator==(const CertKeySpec&) const = default;
};

/// A certbot or dehydrated folder on the operator's own disk; standalone only.
struct FileSource {
  std::string certificate;
  /// Empty where no private key is read from a file of its own: PKCS12, fipsKey.
  std::string private_key;

  auto operator<=>(const FileSource&) const = default;
};

/// An entry of a Secret in the resource's own namespace.
struct SecretEntry {
  std::string name;
  std::string key;

  auto operator<=>(const SecretEntry&) const = default;
};

enum class SourceFormat { Pem, Pkcs12 };

struct SourceSpec {
  /// Pem: DER too, told apart by content. Pkcs12: one entry with everything, the one called certificate_key.
  SourceFormat format = SourceFormat::Pem;
  std::string certificate_key = "tls.crt";
  std::string private_key_key = "tls.key";
  /// Of an encrypted private key, or of the keystore.
  std::optional<SecretEntry> password;
  /// A key in the appliance's FIPS card; the Secret's own key is then not looked at. Empty = none.
  std::string fips_key;
  std::optional<FileSource> files;

  auto operator<=>(const SourceSpec&) const = default;
};

enum class ChainPolicy { Link, Omit };
enum class DriftPolicy { Correct, Detect };
enum class DeletionPolicy { Retain, Delete };
enum class UpdatePolicy { InPlace, NewCertKey };
enum class AdoptionPolicy { Never, Adopt };
enum class ExpiredPolicy { Keep, Remove };
enum class RolloutStrategy { AllAtOnce, OneByOne };
enum class VerificationMode { Report, Rollback, Off };

struct VerificationEndpoint {
  /// "host:port"
  std::string address;
  std::string server_name;

  auto operator<=>(const VerificationEndpoint&) const = default;
};

struct VerificationSpec {
  VerificationMode mode = VerificationMode::Report;
  std::vector<VerificationEndpoint> endpoints;
  std::chrono::milliseconds timeout{5000};

  bool operator==(const VerificationSpec&) const = default;
};

struct CertSyncSpec {
  /// Exactly one of these two, unless source.files is given.
  std::optional<std::string> secret_name;
  std::optional<LabelSelector> selector;
  /// Exactly one of these two.
  std::vector<std::string> appliances;
  std::optional<LabelSelector> appliance_selector;
  CertKeySpec certkey;
  std::vector<BindingSpec> bindings;
  ChainPolicy chain = ChainPolicy::Link;
  SourceSpec source;
  UpdatePolicy update_policy = UpdatePolicy::InPlace;
  bool domain_check = false;
  AdoptionPolicy adoption_policy = AdoptionPolicy::Never;
  DriftPolicy drift_policy = DriftPolicy::Correct;
  DeletionPolicy deletion_policy = DeletionPolicy::Retain;
  ExpiredPolicy expired_policy = ExpiredPolicy::Keep;
  RolloutStrategy rollout = RolloutStrategy::AllAtOnce;
  DeployWindows deploy_windows;
  VerificationSpec verification;
  bool suspend = false;
  bool dry_run = false;

  bool operator==(const CertSyncSpec&) const = default;
};

struct CertificateStatus {
  std::string secret_name;
  std::string certkey;
  std::string serial;
  std::string sha256;
  TimePoint not_before{};
  TimePoint not_after{};
  std::vector<std::string> dns_names;
  std::size_t dns_names_total = 0;

  bool operator==(const CertificateStatus&) const = default;
};

struct ApplianceTargetStatus {
  std::string name;
  bool ready = false;
  std::string reason;
  std::string message;
  std::vector<std::string> certkeys;
  std::optional<TimePoint> last_sync_time;
  std::optional<TimePoint> last_verify_time;

  bool operator==(const ApplianceTargetStatus&) const = default;
};

struct CertSyncStatus {
  std::int64_t observed_generation = 0;
  Conditions conditions;
  std::vector<CertificateStatus> certificates;
  std::size_t certificates_total = 0;
  std::vector<ApplianceTargetStatus> appliances;
  std::size_t appliances_total = 0;
  std::string targets;
  std::vector<std::string> bound_to;
  std::optional<TimePoint> last_sync_time;
  /// When a waiting update will be allowed.
  std::optional<TimePoint> next_window;
  std::string last_handled_sync_request;
  std::string last_handled_deploy_now;
  std::vector<std::string> plan;

  bool operator==(const CertSyncStatus&) const = default;
};

struct CertSync {
  ObjectMeta meta;
  CertSyncSpec spec;
  CertSyncStatus status;
  /// Why this form of the object cannot be used; the reasons stand in Stalled, reason SpecInvalid.
  std::vector<std::string> problems;
  /// The spec as it was written, as JSON text: for the status file, and to see whether it changed.
  std::string raw_spec;
};

}  // namespace certsync::model
