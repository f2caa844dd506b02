// Who we are to the API server, and whom we take it for: in a cluster, or by a kubeconfig.
// Semantics as client-go's: transport/token_source.go, transport/ca_rotation.go, transport/cert_rotation.go,
// plugin/pkg/client/auth/exec.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/transport.h"
#include "kube/kubeconfig.h"
#include "kube/process.h"

namespace certsync::kube {

/// What the next request needs.
struct Access {
  http::TransportOptions transport;
  /// Grows when `transport` has changed (another CA, another client certificate): connections made before are stale.
  std::uint64_t generation = 0;
  /// Bearer token; empty = none.
  SecretBytes token;
  /// Impersonate-User, Impersonate-Group, …
  http::Headers headers;
};

/// Told how re-reading the CA went: for rest_client_transport_ca_reload_total.
class CaObserver {
 public:
  virtual ~CaObserver() = default;
  /// result "success" or "failure"; reason "updated", "unchanged", "read_error", "empty", "ca_parse_error".
  virtual void ca_reloaded(std::string_view result, std::string_view reason) = 0;
};

/// Thread-safe.
class Credentials {
 public:
  virtual ~Credentials() = default;
  /// Files that are due are read again (a token file after 50 s, CA and client certificate after 5 min); what cannot be
  /// read any more stays as it was. Blocks while an exec plugin runs. Error Stalled/CredentialsRejected when there is
  /// nothing to show: the message says which file or plugin and why, never what is in it. Retry when `stop` ended it.
  virtual Result<Access> access(std::stop_token stop) = 0;
  /// A request that was begun at `since` was answered 401: a token that a file or plugin gave before is not used again.
  virtual void rejected(SteadyPoint since) = 0;
};

/// `observer` may be null; it is told with a lock held. Outlives none of the three. `runner` starts exec plugins.
std::unique_ptr<Credentials> make_credentials(ClusterAccess access, const Clock& clock, const Logger& log,
                                              CaObserver* observer,
                                              std::unique_ptr<ProcessRunner> runner = make_process_runner());

}  // namespace certsync::kube
