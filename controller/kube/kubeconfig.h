// Where the API server is and how to be let in, as data: read from kubeconfig files or from what a pod is given.
// https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace certsync::kube {

/// A credential plugin.
/// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
struct ExecPlugin {
  std::string command;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  /// client.authentication.k8s.io/v1 or v1beta1
  std::string api_version;
  std::string install_hint;
  bool provide_cluster_info = false;
};

/// Text that stands in the configuration, or a file that is read again now and then. Both empty = not given; where both
/// are given, the text wins for certificates and the file for tokens, as in client-go.
struct Material {
  std::string text;
  std::string file;
  bool given() const { return !text.empty() || !file.empty(); }
};

struct ClusterAccess {
  /// "https://10.0.0.1:6443"; a path is refused.
  std::string server;
  Material ca;
  /// A CA that cannot be read at first is done without: the system's roots take its place.
  bool ca_optional = false;
  std::string tls_server_name;
  bool insecure_skip_tls_verify = false;
  std::string proxy_url;

  Material client_certificate;
  /// The key's text lives in a SecretBytes of its own.
  SecretBytes client_key;
  std::string client_key_file;
  SecretBytes token;
  std::string token_file;
  std::optional<ExecPlugin> exec;
  std::string as_user;
  std::string as_uid;
  std::vector<std::string> as_groups;
  std::vector<std::pair<std::string, std::string>> as_extra;

  /// Of the context, or the pod's; empty = not said.
  std::string default_namespace;
  /// For messages: "context admin of /home/me/.kube/config", "service account".
  std::string source;
};

/// Gives a variable's value, or nothing.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

struct KubeconfigRequest {
  /// --kubeconfig: one file. Empty = see find_cluster_access.
  std::string file;
  /// --context: empty = current-context.
  std::string context;
};

/// Where a pod finds its own token and CA.
/// https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api
inline constexpr char kServiceAccountFolder[] = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The order of controller-runtime: --kubeconfig, $KUBECONFIG (files joined by ':', merged, the first that says a thing
/// wins, absent ones skipped), the pod's service account, ~/.kube/config. `service_account`: normally
/// /var/run/secrets/kubernetes.io/serviceaccount. Errors are Stalled/SpecInvalid and name file, field and what to do.
Result<ClusterAccess> find_cluster_access(const KubeconfigRequest& request, const Environment& environment,
                                          const std::string& service_account);

/// The same from texts: (path, YAML). Relative paths are relative to their file's folder.
Result<ClusterAccess> read_kubeconfigs(const std::vector<std::pair<std::string, std::string>>& files,
                                       const std::string& context);

/// A pod's: KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT and the folder with token, ca.crt and namespace. A host
/// with a colon (IPv6) is replaced by kubernetes.default.svc, which the HTTP library can resolve. Nothing where this is
/// no pod.
std::optional<ClusterAccess> in_cluster_access(const Environment& environment, const std::string& service_account);

}  // namespace certsync::kube
