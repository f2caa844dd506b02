// The protocol of credential plugins: a program is asked for a token or a client certificate.
// https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/transport.h"
#include "kube/kubeconfig.h"
#include "kube/process.h"

namespace certsync::kube {

struct ExecCredential {
  SecretBytes token;
  std::shared_ptr<const http::ClientIdentity> identity;
  /// Nothing = it holds until it is rejected.
  std::optional<TimePoint> expires;
};

/// Runs access.exec, which must be there. `ca_bundle`: what is told of the cluster where the plugin wants to know it.
/// Errors: Stalled/CredentialsRejected, with the plugin's exit code and the beginning of its standard error; never with
/// anything of its standard output. Retry when `stop` ended it.
Result<ExecCredential> run_exec_plugin(ProcessRunner& runner, const ClusterAccess& access, const std::string& ca_bundle,
                                       std::stop_token stop);

}  // namespace certsync::kube
