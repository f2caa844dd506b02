// What the values of the two kinds mean on the stage of stage.h: names that are there and names that are not, windows
// that are open and windows that are not.
#pragma once

#include "chaos/generate.h"

namespace chaos {

const Pools& sync_pools();
const Pools& appliance_pools();

}  // namespace chaos
