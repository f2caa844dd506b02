// What an update broke beside its own certkey: NetScaler drops bindings and links that do not fit the new certificate
// and says so only as a warning (1587, 3637, 3638).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model/appliance_state.h"
#include "plan/step.h"

namespace certsync::plan {

/// Steps that put back what was there `before` our updates of the certkeys `updated`, is gone `after`, and was not
/// taken away by one of our own `done` steps.
std::vector<Step> mend(const model::ApplianceState& before, const model::ApplianceState& after,
                       const std::vector<Step>& done);

/// Steps that link again, as `before`, the certkeys that were unlinked for an update or a deletion which the appliance
/// then refused: what stays in use keeps its chain. `failed`: the groups that were left out from there on.
std::vector<Step> relink(const model::ApplianceState& before, const std::vector<Step>& done,
                         const std::set<std::string>& failed);

}  // namespace certsync::plan
