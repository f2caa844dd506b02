// What one pass starts from: the objects that concern one appliance, with their Secrets as certificates.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/secret_cache.h"
#include "engine/store.h"
#include "model/appliance_state.h"
#include "plan/desired.h"
#include "ports/appliance.h"

namespace certsync::engine {

class StatusBoard;

struct Inputs {
  plan::DesiredInput desired;
  /// The earliest time at which a waiting Secret is worth another look.
  std::optional<SteadyPoint> look_again;
};

/// `bound_here`: bindings that this process made, per sync.
Inputs gather(const model::Appliance& appliance, const model::Owner& owner, const Store& store, SecretCache& secrets,
              const StatusBoard& board, const std::map<model::ObjectRef, std::set<std::string>>& bound_here,
              const Clock& clock);

/// Resources that exist, do not want this appliance (any more), and whose mark is on it.
std::vector<SyncPtr> strangers_on(const model::ApplianceState& seen, const model::Owner& owner,
                                  const std::string& appliance, const Store& store, const StatusBoard& board);

/// Whether it is, or was by what its status tells, bound to a service.
bool names_services(const model::CertSync& sync);

/// What a look has to see beside certkeys.
ports::Sight sight_for(const plan::DesiredInput& input);

}  // namespace certsync::engine
