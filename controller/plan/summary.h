// Outcomes folded into status: what one resource has to say after what happened on each of its appliances. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/appliance.h"
#include "model/cert_sync.h"

namespace certsync::plan {

enum class Verdict {
  Off,          // not asked for
  NoEndpoint,   // nowhere to look
  Served,       // every endpoint shows the wanted leaf and chain
  Different,    // an endpoint shows something else
  Unreachable,  // an endpoint did not answer, and none showed something else
};
std::string_view to_text(Verdict verdict);

/// What the last pass over one appliance meant for one resource.
struct TargetOutcome {
  std::string appliance;
  /// False: the appliance could not be looked at in this process yet, so that what the status says of it still stands.
  bool looked = true;
  /// Which form of the resource the pass went by: the outcome of an earlier one says nothing about the present one.
  std::int64_t generation = 1;
  /// In the order in which they came up; empty and `settled` = ready.
  std::vector<Error> errors;
  /// Everything wanted is installed, linked, bound and saved.
  bool settled = false;
  std::vector<std::string> certkeys;
  std::vector<model::CertificateStatus> certificates;
  /// "vs_www:sni"
  std::vector<std::string> bound_to;
  std::vector<std::string> plan;
  /// What keeps the certificate of one Secret from being deployed, and what is served in its place, by Secret.
  std::map<std::string, Error> troubles;
  std::map<std::string, std::string> different;
  /// The value of sync-requested-at that this pass has honoured.
  std::string sync_request;
  /// The value of deploy-now that this pass has gone by.
  std::string deploy_now;
  /// When a window that it waits for opens.
  std::optional<TimePoint> next_window;
  /// The resource is being deleted, and nothing of it is left on this appliance.
  bool removed = false;
  Verdict verdict = Verdict::Off;
  std::string verdict_message;
  /// What somebody else changed, in words; empty = no drift.
  std::string drift;
  std::optional<TimePoint> last_sync_time;
  std::optional<TimePoint> last_verify_time;
};

/// `wanted_appliances`: the names the resource refers to, existing or not. `outcomes`: at most one per appliance; a
/// wanted appliance without an outcome has not been looked at yet.
model::CertSyncStatus summarise(const model::CertSync& sync, const std::vector<std::string>& wanted_appliances,
                                const std::vector<TargetOutcome>& outcomes, TimePoint now);

/// Of several errors the one whose reason comes first in the closed list.
const Error& foremost(const std::vector<Error>& errors);

struct ApplianceOutcome {
  std::vector<Error> errors;
  std::string endpoint;
  std::string version;
  std::string ha_state;
  std::size_t certkeys = 0;
  std::size_t managed_certkeys = 0;
  std::optional<model::NextExpiry> next_expiry;
  /// Whether the configuration of the appliance is saved, and why not.
  bool saved = true;
  std::string unsaved_reason;
  std::string unsaved_message;
  std::optional<TimePoint> sync_time;
  std::optional<TimePoint> save_time;
};

model::ApplianceStatus summarise(const model::Appliance& appliance, const ApplianceOutcome& outcome, TimePoint now);

}  // namespace certsync::plan
