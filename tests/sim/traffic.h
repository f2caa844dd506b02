// Where the TLS endpoints learn what to serve: from one appliance, or from whichever of a pair is primary.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/appliance.h"

namespace sim {

struct Traffic {
  std::function<std::vector<std::string>()> vservers;
  std::function<Serving(const std::string& vserver)> serving;
  /// Told where the vserver really listens.
  std::function<void(const std::string& vserver, const std::string& address, int port)> listens;
};

/// `appliance` must outlive it.
Traffic traffic_of(Appliance& appliance);

}  // namespace sim
