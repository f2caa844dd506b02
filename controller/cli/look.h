// One look at an appliance for people: everything on it, whoever made it, and what its endpoints show.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/store.h"
#include "model/appliance.h"
#include "model/appliance_state.h"
#include "ports/appliance.h"
#include "ports/prober.h"
#include "ports/recorder.h"

namespace certsync::cli {

/// A certkey at an endpoint of a virtual server that it is bound to.
struct EndpointLook {
  std::string certkey;
  std::string virtual_server;
  /// "host:port" or "host:port/servername"
  std::string endpoint;
  ports::ProbeResult result;
};

struct Look {
  std::string appliance;
  /// As it is configured.
  std::string address;
  model::ApplianceState state;
  /// Nothing could be seen.
  std::optional<Error> error;
  std::vector<EndpointLook> endpoints;
  /// Certkey → names in the certificate's file, where the appliance itself does not tell them.
  std::map<std::string, std::vector<std::string>> names_from_files;
};

struct LookOptions {
  bool probe = true;
  std::chrono::milliseconds probe_timeout{5000};
  /// Appliances at a time.
  int workers = 16;
};

/// Thread-safe, all of it.
struct Means {
  ports::ApplianceFactory& factory;
  ports::Prober& prober;
  /// Told after each appliance: how many are done.
  std::function<void(std::size_t)> progress = {};
};

/// In the order of the appliances. One that fails hides no other. Blocks; logs in and out.
std::vector<Look> look_at(const std::vector<engine::AppliancePtr>& appliances, const Means& means,
                          const LookOptions& options, std::stop_token stop);

}  // namespace certsync::cli
