// What a command looks at, read once: appliances, resources and Secrets from files, from a cluster, or one appliance by
// its address alone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/options.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/sleeper.h"
#include "engine/store.h"
#include "ports/objects.h"
#include "ports/recorder.h"
#include "probe/tls_probe.h"

namespace certsync::app {

struct Tools {
  const Clock& clock;
  Sleeper& sleeper;
  const Logger& log;
  ports::Recorder& recorder;
};

class Estate {
 public:
  virtual ~Estate() = default;
  virtual engine::Store& store() = 0;
  virtual ports::SecretReader& secrets() = 0;
  /// Where credentialsSecretRef is looked for, in this order.
  virtual std::vector<std::string> credentials_namespaces() const = 0;
  /// The owner id of the installation; nothing where nobody knows it.
  virtual std::optional<std::string> owner_id() const = 0;
  virtual probe::ProbeLimits probe_limits() const = 0;
  /// Manifests that cannot be used.
  virtual std::size_t unusable() const { return 0; }
};

/// `lone`: with an address, nothing else is asked. Errors are for people: Stalled means bad usage.
Result<std::unique_ptr<Estate>> open_estate(const EstateOptions& options, const LoneAppliance& lone,
                                            const Tools& tools);

/// The named appliances, or all; a name that is not there is an error for people.
Result<std::vector<engine::AppliancePtr>> chosen_appliances(const engine::Store& store,
                                                            const std::vector<std::string>& names);

/// Says it to stderr and gives the exit code of a command that cannot begin.
int refuse(const Error& error);

}  // namespace certsync::app
