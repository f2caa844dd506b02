// Makes appliances, and lets those that name the same box and account (partitions of one box) share one session.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/locked.h"
#include "base/log.h"
#include "base/sleeper.h"
#include "nitro/session.h"
#include "ports/appliance.h"
#include "ports/objects.h"
#include "ports/recorder.h"

namespace certsync::nitro {

/// How a transport is made: the real one in the program, an in-process one in tests.
using TransportMaker = std::function<std::unique_ptr<http::Transport>(http::TransportOptions)>;

/// Thread-safe.
class NitroFactory final : public ports::ApplianceFactory {
 public:
  /// `credentials_namespaces`: where credentialsSecretRef is looked up, in this order.
  NitroFactory(std::vector<std::string> credentials_namespaces, ports::SecretReader& secrets,
               TransportMaker make_transport, const Clock& clock, Sleeper& sleeper, const Logger& log,
               ports::Recorder& recorder);

  std::unique_ptr<ports::Appliance> make(const model::Appliance& appliance) override;

  /// For whom make() works, and the session behind one of the endpoints, which what make() gave shares.
  static Client client_of(const model::Appliance& appliance);
  std::shared_ptr<Session> session_of(const model::Appliance& appliance, const std::string& endpoint);

 private:
  CredentialsReader credentials_of(const std::string& secret) const;
  std::shared_ptr<Session> session_with(const std::string& endpoint, const model::ApplianceSpec& spec);

  std::vector<std::string> credentials_namespaces_;
  ports::SecretReader& secrets_;
  TransportMaker make_transport_;
  const Clock& clock_;
  Sleeper& sleeper_;
  const Logger& log_;
  ports::Recorder& recorder_;
  struct Shared {
    std::map<std::string, std::weak_ptr<Session>> sessions;
    /// By endpoint.
    std::map<std::string, std::weak_ptr<Turnstile>> turnstiles;
  };
  Locked<Shared> shared_;
};

}  // namespace certsync::nitro
