#include "sim/traffic.h"

namespace sim {

Traffic traffic_of(Appliance& appliance) {
  return {[&appliance] { return appliance.ssl_vservers(); },
          [&appliance](const std::string& vserver) { return appliance.serving(vserver); },
          [&appliance](const std::string& vserver, const std::string& address, int port) {
            appliance.set_endpoint(vserver, address, port);
          }};
}

}  // namespace sim
