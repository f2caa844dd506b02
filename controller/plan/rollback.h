// The way back, when an endpoint that served the old certificate serves neither it nor the new one after a change.
// Pure.
#pragma once

#include <vector>

#include "model/appliance_state.h"
#include "plan/desired.h"
#include "plan/step.h"

namespace certsync::plan {

/// Steps that put `wanted`'s certkey, or the default slots that were bound over for it, back as they were `before` our
/// steps `done`. `now`: as last seen. Empty when nothing was there before,
/// and after an update of an encrypted key, whose passphrase is kept nowhere.
std::vector<Step> roll_back(const WantedCertKey& wanted, const model::ApplianceState& before,
                            const model::ApplianceState& now, const std::vector<Step>& done);

}  // namespace certsync::plan
