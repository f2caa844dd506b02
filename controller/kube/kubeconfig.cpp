#include "kube/kubeconfig.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include <yaml-cpp/yaml.h>

#include "base/encoding.h"
#include "base/file.h"
#include "kube/header_text.h"

namespace certsync::kube {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestKubeconfig = 1u << 20;
/// Values that are wiped in one document. Aliases may stand for more; those who write such a file wipe it themselves.
constexpr std::size_t kMostWiped = 100'000;
constexpr int kDeepestWiped = 32;

/// Leaves by the shortest way; caught where the public functions end.
class Refusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string in_quotes(const std::string& name) {
  return "'" + std::string(cut_utf8(name, 128)) + "'";
}

/// yaml-cpp keeps aliases as what they are, references: nothing multiplies, as long as nobody walks through all of it.
void wipe_values(const YAML::Node& node, std::size_t& budget, int depth) {
  if (budget == 0 || depth == kDeepestWiped) return;
  --budget;
  if (node.IsScalar()) {
    // yaml-cpp hands out its own text as const; the object itself is not.
    wipe(const_cast<std::string&>(node.Scalar()));
  } else if (node.IsMap()) {
    for (const auto& member : node)
      wipe_values(member.second, budget, depth + 1);
  } else if (node.IsSequence()) {
    for (const auto& item : node)
      wipe_values(item, budget, depth + 1);
  }
}

/// One map of a kubeconfig. Members that nobody asks for are ignored, as client-go does.
class Fields {
 public:
  Fields(const YAML::Node& map, std::string where, const fs::path& folder)
      : map_(map), where_(std::move(where)), folder_(folder) {
    if (!map_.IsMap() && !map_.IsNull()) throw Refusal(where_ + " must be a map");
  }

  [[noreturn]] void refuse(std::string_view name, const std::string& what) const {
    throw Refusal(below(name) + " " + what);
  }

  bool has(const char* name) const { return find(name).IsDefined(); }
  /// Empty when it is not there.
  std::string text(const char* name) const {
    const auto node = find(name);
    if (node.IsDefined() && !node.IsScalar()) refuse(name, "must be text");
    return node.IsDefined() ? node.Scalar() : "";
  }
  std::string header_text(const char* name) const {
    auto value = text(name);
    if (!fits_header(value)) refuse(name, "must be one line");
    return value;
  }
  SecretBytes secret(const char* name) const { return SecretBytes(text(name)); }
  bool flag(const char* name) const {
    const auto node = find(name);
    bool value = false;
    if (node.IsDefined() && !YAML::convert<bool>::decode(node, value)) refuse(name, "must be true or false");
    return value;
  }
  /// Relative to the file's folder.
  std::string path(const char* name) const { return resolve(text(name)); }
  std::string resolve(const std::string& path) const {
    return path.empty() ? "" : (folder_ / path).lexically_normal().string();
  }
  /// "…-data": base64.
  SecretBytes data(const char* name) const {
    const auto encoded = secret(name);
    auto decoded = from_base64(encoded.reveal());
    if (!decoded) refuse(name, "must be base64");
    return SecretBytes(std::move(*decoded));
  }
  Fields object(const char* name) const {
    const auto node = find(name);
    return {node.IsDefined() ? node : YAML::Node(), below(name), folder_};
  }
  std::vector<Fields> objects(const char* name) const {
    std::vector<Fields> items;
    for (const auto& item : list(name))
      items.emplace_back(item, below(name) + "[" + std::to_string(items.size()) + "]", folder_);
    return items;
  }
  std::vector<std::string> texts(const char* name) const {
    std::vector<std::string> items;
    for (const auto& item : list(name)) {
      if (!item.IsScalar()) refuse(name, "must be a list of texts");
      items.push_back(item.Scalar());
    }
    return items;
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> names;
    for (const auto& member : map_) {
      if (!member.first.IsScalar()) throw Refusal(where_ + " must have texts as keys");
      names.push_back(member.first.Scalar());
    }
    return names;
  }
  Fields called(std::string where) const { return {map_, std::move(where), folder_}; }

 private:
  std::string below(std::string_view name) const {
    return where_ + (where_.ends_with(':') ? " " : ".") + std::string(name);
  }
  /// Null counts as not there.
  YAML::Node find(const char* name) const {
    if (!map_.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
    const auto node = std::as_const(map_)[name];
    return node.IsDefined() && !node.IsNull() ? node : YAML::Node(YAML::NodeType::Undefined);
  }
  std::vector<YAML::Node> list(const char* name) const {
    const auto node = find(name);
    if (node.IsDefined() && !node.IsSequence()) refuse(name, "must be a list");
    return node.IsDefined() ? std::vector<YAML::Node>(node.begin(), node.end()) : std::vector<YAML::Node>();
  }

  YAML::Node map_;
  std::string where_;
  fs::path folder_;
};

class Document {
 public:
  Document(const std::string& path, const std::string& text) : path_(path) {
    if (text.size() > kLargestKubeconfig) throw Refusal(path + ": more than 1 MiB");
    try {
      root_.reset(YAML::Load(text));
    } catch (const YAML::Exception& error) {
      // Behind a colon yaml-cpp may quote the text, as after an unknown alias.
      throw Refusal(path + ": line " + std::to_string(std::max(error.mark.line, 0) + 1) + ": " +
                    error.msg.substr(0, error.msg.find(':')));
    }
    if (!root_.IsMap() && !root_.IsNull()) throw Refusal(path + ": is no kubeconfig");
  }
  ~Document() {
    auto budget = kMostWiped;
    wipe_values(root_, budget, 0);
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  const std::string& path() const { return path_; }
  Fields fields() const {
    std::error_code ignored;
    return {root_, path_ + ":", fs::absolute(path_, ignored).parent_path()};
  }

 private:
  std::string path_;
  YAML::Node root_;
};

using Documents = std::vector<std::unique_ptr<Document>>;

std::string paths_of(const Documents& documents) {
  std::string paths;
  for (const auto& document : documents)
    paths += (paths.empty() ? "" : ", ") + document->path();
  return paths;
}

/// The first file that has an entry of that name has all of it (kubectl, "Merging kubeconfig files").
std::optional<Fields> find_entry(const Documents& documents, const char* section, const char* inner,
                                 const std::string& name) {
  for (const auto& document : documents) {
    std::optional<Fields> found;
    for (const auto& item : document->fields().objects(section)) {
      if (item.text("name") != name) continue;
      const auto where = document->path() + ": " + section + "[" + in_quotes(name) + "]";
      if (found) throw Refusal(where + " is there twice");
      found.emplace(item.object(inner).called(where + "." + inner));
    }
    if (found) return found;
  }
  return std::nullopt;
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// What is wrong with scheme://host[:port], or nothing. Quotes nothing: people write passwords into addresses.
std::string address_problem(std::string_view address, std::initializer_list<std::string_view> schemes) {
  const auto scheme = std::find_if(schemes.begin(), schemes.end(), [&](auto one) { return address.starts_with(one); });
  if (scheme == schemes.end()) return "must begin with " + std::string(*schemes.begin());
  const auto rest = address.substr(scheme->size());
  if (rest.find('@') != std::string_view::npos) return "must not hold a user or password";
  if (rest.find_first_of("/?#") != std::string_view::npos) return "must be host and port without a path";
  if (!std::all_of(rest.begin(), rest.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F; })) {
    return "must not hold blanks";
  }
  const auto colon = rest.find(':', rest.starts_with('[') ? rest.find(']') : 0);
  if (rest.substr(0, colon).empty()) return "names no host";
  const auto port = colon == std::string_view::npos ? "443" : rest.substr(colon + 1);
  return port.empty() || port.size() > 5 || !all_digits(port) ? "must end in a port number" : "";
}

std::string without_last_slash(std::string address) {
  if (address.ends_with('/')) address.pop_back();
  return address;
}

void read_cluster(const Fields& cluster, ClusterAccess& access) {
  access.server = without_last_slash(cluster.text("server"));
  if (access.server.empty()) cluster.refuse("server", "is missing");
  if (const auto problem = address_problem(access.server, {"https://", "http://"}); !problem.empty()) {
    cluster.refuse("server", problem);
  }
  access.proxy_url = without_last_slash(cluster.text("proxy-url"));
  const auto proxy_problem = access.proxy_url.empty() ? "" : address_problem(access.proxy_url, {"http://"});
  if (!proxy_problem.empty()) cluster.refuse("proxy-url", proxy_problem);
  access.tls_server_name = cluster.text("tls-server-name");
  access.insecure_skip_tls_verify = cluster.flag("insecure-skip-tls-verify");
  access.ca.text = cluster.data("certificate-authority-data").reveal();
  access.ca.file = cluster.path("certificate-authority");
  if (access.ca.given() && access.insecure_skip_tls_verify) {
    cluster.refuse("insecure-skip-tls-verify", "leaves no use for the certificate authority: take one of them out");
  }
}

ExecPlugin read_exec(const Fields& exec) {
  ExecPlugin plugin;
  plugin.command = exec.text("command");
  if (plugin.command.empty()) exec.refuse("command", "is missing");
  if (plugin.command.find('/') != std::string::npos) plugin.command = exec.resolve(plugin.command);
  plugin.args = exec.texts("args");
  for (const auto& variable : exec.objects("env")) {
    plugin.env.emplace_back(variable.text("name"), variable.text("value"));
    const auto& name = plugin.env.back().first;
    if (name.empty() || name.find('=') != std::string::npos) variable.refuse("name", "must be a variable's name");
  }
  plugin.api_version = exec.text("apiVersion");
  const bool v1 = plugin.api_version == "client.authentication.k8s.io/v1";
  if (!v1 && plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    exec.refuse("apiVersion", "must be client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1");
  }
  const auto mode = exec.text("interactiveMode");
  if (mode == "Always") exec.refuse("interactiveMode", "must not be Always: there is no terminal here");
  if (mode != "Never" && mode != "IfAvailable" && (v1 || !mode.empty())) {
    exec.refuse("interactiveMode", "must be Never or IfAvailable");
  }
  plugin.install_hint = exec.text("installHint");
  plugin.provide_cluster_info = exec.flag("provideClusterInfo");
  return plugin;
}

void read_impersonation(const Fields& user, ClusterAccess& access) {
  access.as_user = user.header_text("as");
  access.as_uid = user.header_text("as-uid");
  access.as_groups = user.texts("as-groups");
  const auto extra = user.object("as-user-extra");
  for (const auto& key : extra.keys()) {
    for (const auto& value : extra.texts(key.c_str()))
      access.as_extra.emplace_back(key, value);
  }
  for (const auto& group : access.as_groups) {
    if (!fits_header(group)) user.refuse("as-groups", "must be one line each");
  }
  for (const auto& [key, value] : access.as_extra) {
    if (!fits_header(value)) user.refuse("as-user-extra", "must be one line each");
  }
  const bool more = !access.as_uid.empty() || !access.as_groups.empty() || !access.as_extra.empty();
  if (access.as_user.empty() && more) user.refuse("as", "is missing, which as-uid, as-groups and as-user-extra need");
}

void read_user(const Fields& user, ClusterAccess& access) {
  if (user.has("auth-provider")) user.refuse("auth-provider", "is gone since Kubernetes 1.26: use exec");
  for (const auto* name : {"username", "password"}) {
    if (!user.secret(name).empty())
      user.refuse(name, "is taken by no API server since Kubernetes 1.19: use a token or exec");
  }
  access.client_certificate.text = user.data("client-certificate-data").reveal();
  access.client_certificate.file = user.path("client-certificate");
  access.client_key = user.data("client-key-data");
  access.client_key_file = user.path("client-key");
  const bool key = !access.client_key.empty() || !access.client_key_file.empty();
  if (access.client_certificate.given() && !key) user.refuse("client-key", "is missing, or client-key-data");
  if (key && !access.client_certificate.given()) {
    user.refuse("client-certificate", "is missing, or client-certificate-data");
  }
  access.token = user.secret("token");
  if (!fits_header(access.token.reveal())) user.refuse("token", "must be one line");
  access.token_file = user.path("tokenFile");
  if (user.has("exec")) access.exec = read_exec(user.object("exec"));
  read_impersonation(user, access);
}

bool is_loopback(std::string_view server) {
  constexpr std::array<std::string_view, 3> kHosts = {"http://localhost", "http://127.", "http://[::1]"};
  return std::any_of(kHosts.begin(), kHosts.end(), [&](auto host) { return server.starts_with(host); });
}

bool shows_secrets(const ClusterAccess& access) {
  return !access.token.empty() || !access.token_file.empty() || access.exec.has_value();
}

Fields chosen_context(const Documents& documents, const std::string& wanted, std::string& name) {
  name = wanted;
  for (const auto& document : documents) {
    if (name.empty()) name = document->fields().text("current-context");
  }
  const auto paths = paths_of(documents);
  if (name.empty()) throw Refusal(paths + ": current-context is missing; name a context with --context");
  auto context = find_entry(documents, "contexts", "context", name);
  if (!context) throw Refusal(paths + ": contexts has no " + in_quotes(name) + "; see --context and current-context");
  return *context;
}

ClusterAccess choose(const Documents& documents, const std::string& wanted) {
  std::string name;
  const auto context = chosen_context(documents, wanted, name);
  ClusterAccess access;
  access.source = "context " + name + " of " + paths_of(documents);
  access.default_namespace = context.text("namespace");

  const auto cluster_name = context.text("cluster");
  const auto cluster = find_entry(documents, "clusters", "cluster", cluster_name);
  if (!cluster) context.refuse("cluster", "names " + in_quotes(cluster_name) + ", which clusters does not have");
  read_cluster(*cluster, access);

  const auto user_name = context.text("user");
  if (user_name.empty()) return access;
  const auto user = find_entry(documents, "users", "user", user_name);
  if (!user) context.refuse("user", "names " + in_quotes(user_name) + ", which users does not have");
  read_user(*user, access);
  if (access.server.starts_with("http://") && !is_loopback(access.server) && shows_secrets(access)) {
    cluster->refuse("server", "must begin with https://, for the user has a token that everybody could read");
  }
  return access;
}

tl::unexpected<Error> invalid(std::string message) {
  return fail(ErrorKind::Stalled, Reason::SpecInvalid, std::move(message));
}

using Texts = std::vector<std::pair<std::string, std::string>>;

Result<ClusterAccess> read_files(const std::vector<std::string>& paths, bool skip_absent, const std::string& context) {
  Texts texts;
  Result<ClusterAccess> access = invalid("KUBECONFIG names no file that is there");
  std::string unreadable;
  for (const auto& path : paths) {
    auto text = read_whole_file(path, kLargestKubeconfig);
    if (text) {
      texts.emplace_back(path, std::move(*text));
    } else if (!skip_absent || text.error().kind != ErrorKind::Gone) {
      unreadable = text.error().message;
      break;
    }
  }
  if (!unreadable.empty()) {
    access = invalid(unreadable);
  } else if (!texts.empty()) {
    access = read_kubeconfigs(texts, context);
  }
  for (auto& [path, text] : texts)
    wipe(text);
  return access;
}

std::vector<std::string> split_paths(std::string_view list) {
  std::vector<std::string> paths;
  while (!list.empty()) {
    const auto colon = list.find(':');
    if (colon != 0) paths.emplace_back(list.substr(0, colon));
    list.remove_prefix(colon == std::string_view::npos ? list.size() : colon + 1);
  }
  return paths;
}

}  // namespace

Result<ClusterAccess> read_kubeconfigs(const Texts& files, const std::string& context) {
  try {
    Documents documents;
    for (const auto& [path, text] : files)
      documents.push_back(std::make_unique<Document>(path, text));
    return choose(documents, context);
  } catch (const Refusal& refusal) {
    return invalid(refusal.what());
  } catch (const YAML::Exception&) {
    return invalid("the kubeconfig cannot be read");
  }
}

std::optional<ClusterAccess> in_cluster_access(const Environment& environment, const std::string& service_account) {
  const auto host = environment("KUBERNETES_SERVICE_HOST").value_or("");
  const auto port = environment("KUBERNETES_SERVICE_PORT").value_or("");
  const auto file = [&](const char* name) { return (fs::path(service_account) / name).string(); };
  std::error_code ignored;
  if (host.empty() || port.empty() || !fs::exists(file("token"), ignored)) return std::nullopt;

  ClusterAccess access;
  access.server =
      "https://" + (host.find(':') == std::string::npos ? host : std::string("kubernetes.default.svc")) + ":" + port;
  access.ca.file = file("ca.crt");
  access.ca_optional = true;
  access.token_file = file("token");
  const auto own_namespace = read_whole_file(file("namespace"), kLargestKubeconfig);
  access.default_namespace = trim(own_namespace.value_or(""));
  access.source = "service account";
  return access;
}

Result<ClusterAccess> find_cluster_access(const KubeconfigRequest& request, const Environment& environment,
                                          const std::string& service_account) {
  if (!request.file.empty()) return read_files({request.file}, false, request.context);
  const auto list = environment("KUBECONFIG").value_or("");
  if (!list.empty()) return read_files(split_paths(list), true, request.context);
  if (auto access = in_cluster_access(environment, service_account)) return std::move(*access);

  const auto home = environment("HOME").value_or("");
  const auto usual = (fs::path(home) / ".kube/config").string();
  std::error_code ignored;
  if (!home.empty() && fs::exists(usual, ignored)) return read_files({usual}, false, request.context);
  return invalid("no cluster is named: there is no --kubeconfig, no $KUBECONFIG, no token in " + service_account +
                 " (is this a pod with automountServiceAccountToken?) and no ~/.kube/config");
}

}  // namespace certsync::kube
