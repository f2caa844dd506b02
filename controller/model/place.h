// Where an appliance is, as far as two objects may not both be there.
#pragma once

#include <string>
#include <string_view>

#include "model/appliance.h"

namespace certsync::model {

/// "https://Edge.example" → "edge.example:443": host and port, however the address is spelt.
std::string box_of(std::string_view endpoint);
/// Empty for the default one, which has that name too.
std::string partition_of(const ApplianceSpec& spec);

/// They name one box (host and port of an endpoint) and one partition of it.
bool same_place(const ApplianceSpec& one, const ApplianceSpec& other);

}  // namespace certsync::model
