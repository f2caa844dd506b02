// Where an appliance is, as far as two objects may not both be there.
#pragma once

#include "model/appliance.h"

namespace certsync::model {

/// They name one box (host and port of an endpoint) and one partition of it.
bool same_place(const ApplianceSpec& one, const ApplianceSpec& other);

}  // namespace certsync::model
