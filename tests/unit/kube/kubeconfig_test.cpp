#include "kube/kubeconfig.h"

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace certsync::kube {
namespace {

constexpr char kSecret[] = "s3cr3t-t0ken";

/// Everything that was found, one line a field that is there.
std::string picture(const ClusterAccess& access) {
  std::string seen;
  const auto line = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) seen += name + " " + value + "\n";
  };
  line("server", access.server);
  line("ca", access.ca.text);
  line("ca file", access.ca.file);
  line("ca", access.ca_optional ? "optional" : "");
  line("name", access.tls_server_name);
  line("insecure", access.insecure_skip_tls_verify ? "yes" : "");
  line("proxy", access.proxy_url);
  line("certificate", access.client_certificate.text);
  line("certificate file", access.client_certificate.file);
  line("key", std::string(access.client_key.reveal()));
  line("key file", access.client_key_file);
  line("token", std::string(access.token.reveal()));
  line("token file", access.token_file);
  if (access.exec) {
    line("exec", access.exec->command);
    for (const auto& arg : access.exec->args)
      line("arg", arg);
    for (const auto& [name, value] : access.exec->env)
      line("env", name + "=" + value);
    line("version", access.exec->api_version);
    line("hint", access.exec->install_hint);
    line("cluster info", access.exec->provide_cluster_info ? "yes" : "");
  }
  line("as", access.as_user);
  line("uid", access.as_uid);
  for (const auto& group : access.as_groups)
    line("group", group);
  for (const auto& [key, value] : access.as_extra)
    line("extra", key + "=" + value);
  line("namespace", access.default_namespace);
  return seen;
}

/// Or what is wrong with it.
std::string picture(const Result<ClusterAccess>& access) {
  if (access) return picture(*access);
  EXPECT_EQ(access.error().kind, ErrorKind::Stalled);
  EXPECT_EQ(access.error().reason, Reason::SpecInvalid);
  return access.error().message;
}

/// A kubeconfig in which only these members of the cluster, the user and the context are said.
std::string config(const std::string& cluster, const std::string& user, const std::string& more_context = "") {
  return "current-context: ctx\n"
         "contexts: [{name: ctx, context: {cluster: c, user: u" +
         more_context +
         "}}]\n"
         "clusters: [{name: c, cluster: {" +
         cluster + "}}]\nusers: [{name: u, user: {" + user + "}}]\n";
}

std::string read(const std::string& yaml, const std::string& context = "") {
  return picture(read_kubeconfigs({{"/cfg/config", yaml}}, context));
}
constexpr char kServer[] = "server: 'https://h:6443'";
std::string cluster(const std::string& members) {
  return read(config(members, ""));
}
/// Without the line of the server.
std::string user(const std::string& members) {
  auto seen = read(config(kServer, members));
  const std::string server = "server https://h:6443\n";
  return seen.starts_with(server) ? seen.substr(server.size()) : seen;
}

TEST(Kubeconfig, ReadsWhatKindWrites) {
  EXPECT_EQ(read(R"(
apiVersion: v1
kind: Config
preferences: {}
current-context: kind-kind
clusters:
- name: kind-kind
  cluster:
    server: https://192.0.2.1:6443
    certificate-authority-data: Q0E=
contexts:
- name: kind-kind
  context: {cluster: kind-kind, user: kind-admin, namespace: infra}
users:
- name: kind-admin
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
)"),
            "server https://192.0.2.1:6443\n"
            "ca CA\n"
            "certificate CERT\n"
            "key KEY\n"
            "namespace infra\n");
}

TEST(Kubeconfig, Clusters) {
  EXPECT_EQ(cluster("server: 'https://h/'"), "server https://h\n");
  EXPECT_EQ(cluster("server: 'https://[2001:db8::1]:6443'"), "server https://[2001:db8::1]:6443\n");
  EXPECT_EQ(cluster("server: 'http://10.0.0.1:8001'"), "server http://10.0.0.1:8001\n");
  EXPECT_EQ(
      cluster("server: 'https://h', certificate-authority: ca.crt, tls-server-name: api, proxy-url: 'http://p:1'"),
      "server https://h\nca file /cfg/ca.crt\nname api\nproxy http://p:1\n");
  EXPECT_EQ(cluster("server: 'https://h', insecure-skip-tls-verify: true"), "server https://h\ninsecure yes\n");
  EXPECT_EQ(cluster("server: 'https://h', certificate-authority-data: null, extensions: [{name: x}]"),
            "server https://h\n");
}

TEST(Kubeconfig, ClustersThatCannotBe) {
  const auto refused = [](const std::string& members) {
    const auto said = cluster(members);
    const std::string begin = "/cfg/config: clusters['c'].cluster.";
    EXPECT_TRUE(said.starts_with(begin)) << said;
    return said.substr(begin.size());
  };
  EXPECT_EQ(refused(""), "server is missing");
  EXPECT_EQ(refused("server: h"), "server must begin with https://");
  EXPECT_EQ(refused("server: [h]"), "server must be text");
  EXPECT_EQ(refused("server: 'https://h/k8s/clusters/c-1'"), "server must be host and port without a path");
  EXPECT_EQ(refused("server: 'https://h?x'"), "server must be host and port without a path");
  EXPECT_EQ(refused("server: 'https://admin:s3cr3t-t0ken@h'"), "server must not hold a user or password");
  EXPECT_EQ(refused("server: 'https://:6443'"), "server names no host");
  EXPECT_EQ(refused("server: 'https://h:'"), "server must end in a port number");
  EXPECT_EQ(refused("server: 'https://h:https'"), "server must end in a port number");
  EXPECT_EQ(refused("server: \"https://h\\r\\nx\""), "server must not hold blanks");
  EXPECT_EQ(refused("server: 'https://h', proxy-url: 'socks5://p'"), "proxy-url must begin with http://");
  EXPECT_EQ(refused("server: 'https://h', proxy-url: 'http://u:s3cr3t-t0ken@p'"),
            "proxy-url must not hold a user or password");
  EXPECT_EQ(refused("server: 'https://h', certificate-authority-data: '%'"),
            "certificate-authority-data must be base64");
  EXPECT_EQ(refused("server: 'https://h', insecure-skip-tls-verify: maybe"),
            "insecure-skip-tls-verify must be true or false");
  EXPECT_EQ(refused("server: 'https://h', insecure-skip-tls-verify: true, certificate-authority: ca"),
            "insecure-skip-tls-verify leaves no use for the certificate authority: take one of them out");
}

TEST(Kubeconfig, Users) {
  EXPECT_EQ(user(""), "");
  EXPECT_EQ(user("token: t0"), "token t0\n");
  EXPECT_EQ(user("token: t0, username: '', password: null, exec: null"), "token t0\n");
  EXPECT_EQ(user("token: t0, tokenFile: ../run/token"), "token t0\ntoken file /run/token\n");
  EXPECT_EQ(user("client-certificate: a.pem, client-key: /keys/a.key"),
            "certificate file /cfg/a.pem\nkey file /keys/a.key\n");
  EXPECT_EQ(user("token: &t t0, as: *t"), "token t0\nas t0\n");
  EXPECT_EQ(user("token: t0, as: ann, as-uid: '7', as-groups: [dev, ops], as-user-extra: {Scope: [a, b]}"),
            "token t0\nas ann\nuid 7\ngroup dev\ngroup ops\nextra Scope=a\nextra Scope=b\n");
}

TEST(Kubeconfig, UsersThatCannotBe) {
  const auto refused = [](const std::string& members) {
    const auto said = user(members);
    const std::string begin = "/cfg/config: users['u'].user.";
    EXPECT_TRUE(said.starts_with(begin)) << said;
    return said.substr(begin.size());
  };
  EXPECT_EQ(refused("auth-provider: {name: gcp}"), "auth-provider is gone since Kubernetes 1.26: use exec");
  EXPECT_EQ(refused("username: admin, password: s3cr3t-t0ken"),
            "username is taken by no API server since Kubernetes 1.19: use a token or exec");
  EXPECT_EQ(refused("password: s3cr3t-t0ken"),
            "password is taken by no API server since Kubernetes 1.19: use a token or exec");
  EXPECT_EQ(refused("client-certificate: a"), "client-key is missing, or client-key-data");
  EXPECT_EQ(refused("client-key-data: S0VZ"), "client-certificate is missing, or client-certificate-data");
  EXPECT_EQ(refused("client-certificate: a, client-key-data: 's3cr3t-t0ken!'"), "client-key-data must be base64");
  EXPECT_EQ(refused("token: {s3cr3t-t0ken: 1}"), "token must be text");
  EXPECT_EQ(refused("token: \"s3cr3t-t0ken\\nX: y\""), "token must be one line");
  EXPECT_EQ(refused("as-groups: [dev]"), "as is missing, which as-uid, as-groups and as-user-extra need");
  EXPECT_EQ(refused("as: ann, as-groups: dev"), "as-groups must be a list");
  EXPECT_EQ(refused("as: ann, as-groups: [[dev]]"), "as-groups must be a list of texts");
  EXPECT_EQ(refused("as: \"a\\nb\""), "as must be one line");
  EXPECT_EQ(refused("as: a, as-groups: [\"a\\nb\"]"), "as-groups must be one line each");
  EXPECT_EQ(refused("as: a, as-user-extra: {k: [\"a\\nb\"]}"), "as-user-extra must be one line each");
}

TEST(Kubeconfig, Plugins) {
  EXPECT_EQ(user("exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws}"),
            "exec aws\nversion client.authentication.k8s.io/v1beta1\n");
  EXPECT_EQ(user("exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/login, args: [a, -b], "
                 "env: [{name: P, value: prod}], installHint: get it, provideClusterInfo: true, "
                 "interactiveMode: IfAvailable}"),
            "exec /cfg/bin/login\narg a\narg -b\nenv P=prod\nversion client.authentication.k8s.io/v1\nhint get it\n"
            "cluster info yes\n");
}

TEST(Kubeconfig, PluginsThatCannotBe) {
  const auto refused = [](const std::string& version, const std::string& members) {
    const auto said = user("exec: {apiVersion: client.authentication.k8s.io/" + version + ", " + members + "}");
    const std::string begin = "/cfg/config: users['u'].user.exec";
    EXPECT_TRUE(said.starts_with(begin)) << said;
    return said.substr(begin.size());
  };
  EXPECT_EQ(refused("v1", "args: [a]"), ".command is missing");
  EXPECT_EQ(refused("v1alpha1", "command: aws"),
            ".apiVersion must be client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1");
  EXPECT_EQ(refused("v1", "command: aws"), ".interactiveMode must be Never or IfAvailable");
  EXPECT_EQ(refused("v1beta1", "command: aws, interactiveMode: Sometimes"),
            ".interactiveMode must be Never or IfAvailable");
  EXPECT_EQ(refused("v1beta1", "command: aws, interactiveMode: Always"),
            ".interactiveMode must not be Always: there is no terminal here");
  EXPECT_EQ(refused("v1beta1", "command: aws, env: [{value: s3cr3t-t0ken}]"), ".env[0].name must be a variable's name");
  EXPECT_EQ(refused("v1beta1", "command: aws, env: [P=s3cr3t-t0ken]"), ".env[0] must be a map");
}

TEST(Kubeconfig, TokensAreNotShownToEverybody) {
  EXPECT_EQ(read(config("server: 'http://h'", "token: s3cr3t-t0ken")),
            "/cfg/config: clusters['c'].cluster.server must begin with https://, for the user has a token that "
            "everybody could read");
  EXPECT_EQ(read(config("server: 'http://127.0.0.1:1'", "token: t0")), "server http://127.0.0.1:1\ntoken t0\n");
}

TEST(Kubeconfig, Contexts) {
  const std::string two = R"(
contexts: [{name: a, context: {cluster: c, user: u}}, {name: b, context: {cluster: c, namespace: n}},
           {name: twice, context: {cluster: c}}, {name: twice, context: {cluster: c}},
           {name: no-cluster, context: {cluster: x}}, {name: no-user, context: {cluster: c, user: x}}]
clusters: [{name: c, cluster: {server: 'https://h'}}]
users: [{name: u, user: {token: t0}}]
)";
  EXPECT_EQ(read(two, "a"), "server https://h\ntoken t0\n");
  EXPECT_EQ(read("current-context: a" + two, "b"), "server https://h\nnamespace n\n");
  EXPECT_EQ(read(two), "/cfg/config: current-context is missing; name a context with --context");
  EXPECT_EQ(read(two, "x"), "/cfg/config: contexts has no 'x'; see --context and current-context");
  EXPECT_EQ(read(two, "twice"), "/cfg/config: contexts['twice'] is there twice");
  EXPECT_EQ(read(two, "no-cluster"),
            "/cfg/config: contexts['no-cluster'].context.cluster names 'x', which clusters does not have");
  EXPECT_EQ(read(two, "no-user"), "/cfg/config: contexts['no-user'].context.user names 'x', which users does not have");
}

TEST(Kubeconfig, TextsThatAreNone) {
  EXPECT_EQ(read(""), "/cfg/config: current-context is missing; name a context with --context");
  EXPECT_EQ(read("s3cr3t-t0ken"), "/cfg/config: is no kubeconfig");
  EXPECT_EQ(read("a: 1\nb: [s3cr3t-t0ken\n"), "/cfg/config: line 3: end of sequence flow not found");
  EXPECT_EQ(read("token: *s3cr3t-t0ken\n"), "/cfg/config: line 1: the referenced anchor is not defined");
  EXPECT_EQ(read("current-context: ctx\ncontexts: {name: ctx}"), "/cfg/config: contexts must be a list");
  EXPECT_EQ(read("current-context: ctx\ncontexts: [ctx]"), "/cfg/config: contexts[0] must be a map");
  EXPECT_EQ(read(std::string((1u << 20) + 1, '#')), "/cfg/config: more than 1 MiB");
  EXPECT_NE(read(std::string(10'000, '[')).find("/cfg/config: line 1: "), std::string::npos);
}

TEST(Kubeconfig, AliasesDoNotMultiply) {
  std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 40; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    yaml +=
        "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before + ", " + before + "]\n";
  }
  yaml += "loop: &loop {again: *loop}\n";

  EXPECT_EQ(read(yaml + config(kServer, "token: t0")), "server https://h:6443\ntoken t0\n");
}

TEST(Kubeconfig, OfSeveralFilesTheFirstThatSaysAThingWins) {
  const std::string first = R"(
contexts: [{name: a, context: {cluster: c, user: u}}]
users: [{name: u, user: {tokenFile: token}}]
)";
  const std::string second = R"(
current-context: a
contexts: [{name: a, context: {cluster: other}}]
clusters: [{name: c, cluster: {server: 'https://second', certificate-authority: ca.crt}}]
users: [{name: u, user: {token: second, as: ann}}]
)";
  const std::string third = R"(
current-context: b
clusters: [{name: c, cluster: {server: 'https://third'}}]
)";

  const auto access = read_kubeconfigs({{"/1/config", first}, {"/2/config", second}, {"/3/config", third}}, "");

  EXPECT_EQ(picture(access), "server https://second\nca file /2/ca.crt\ntoken file /1/token\n");
  EXPECT_EQ(access->source, "context a of /1/config, /2/config, /3/config");
}

TEST(Kubeconfig, NoMessageShowsASecret) {
  const std::string secret = kSecret;
  const std::string whole = config(kServer, "token: " + secret + ", client-key-data: " + secret);
  // Broken at every place, and with every character that means something to YAML put there.
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char* mark : {"", "\n", "*", "&", "!", "%", "\"", "'", "{", "[", ":", "\t", "|", "\\"}) {
      const auto yaml = std::string(whole).replace(at, 1, mark);
      const auto access = read_kubeconfigs({{"/cfg/config", yaml}}, "");
      const auto said = access ? "" : access.error().message;
      EXPECT_EQ(said.find("s3cr3t"), std::string::npos) << said;
    }
  }
}

class FindTest : public testing::Test {
 protected:
  static std::string one(const std::string& host) {
    return config("server: 'https://" + host + "'", "", ", namespace: " + host);
  }
  /// The server that is found, or why none.
  std::string find(const std::map<std::string, std::string>& environment, const std::string& file = "") {
    const auto variable = [&](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    auto access = find_cluster_access({file, ""}, variable, folder_ / "pod");
    if (access) return access->server;
    EXPECT_EQ(access.error().kind, ErrorKind::Stalled);
    auto said = access.error().message;
    for (auto at = said.find(folder_.path()); at != std::string::npos; at = said.find(folder_.path()))
      said.replace(at, folder_.path().string().size(), "~");
    return said;
  }
  std::string at(const std::string& name) const { return folder_ / name; }

  support::TempFolder folder_;
  std::map<std::string, std::string> pod_ = {{"KUBERNETES_SERVICE_HOST", "10.0.0.1"},
                                             {"KUBERNETES_SERVICE_PORT", "443"}};
};

using ClusterAccessTest = FindTest;

TEST_F(ClusterAccessTest, TheFirstPlaceWins) {
  folder_.write("flag", one("flag"));
  folder_.write("variable", one("variable"));
  folder_.write(".kube/config", one("home"));
  folder_.write("pod/token", "t0");
  auto environment = pod_;
  environment["HOME"] = folder_.path();
  environment["KUBECONFIG"] = at("variable");

  EXPECT_EQ(find(environment, at("flag")), "https://flag");
  EXPECT_EQ(find(environment), "https://variable");
  environment["KUBECONFIG"] = "";
  EXPECT_EQ(find(environment), "https://10.0.0.1:443");
  folder_.remove("pod/token");
  EXPECT_EQ(find(environment), "https://home");
  folder_.remove(".kube/config");
  EXPECT_EQ(find(environment),
            "no cluster is named: there is no --kubeconfig, no $KUBECONFIG, no token in ~/pod (is this a pod with "
            "automountServiceAccountToken?) and no ~/.kube/config");
}

TEST_F(ClusterAccessTest, FilesOfTheVariableMayBeAbsent) {
  folder_.write("b", one("b"));
  folder_.write("c", one("c"));

  EXPECT_EQ(find({{"KUBECONFIG", at("a") + "::" + at("b") + ":" + at("c")}}), "https://b");
  EXPECT_EQ(find({{"KUBECONFIG", at("a")}}), "KUBECONFIG names no file that is there");
  EXPECT_EQ(find({{"KUBECONFIG", at("b") + ":" + folder_.path().string()}}), "~: not a file");
  EXPECT_EQ(find({}, at("a")), "~/a: No such file or directory");
}

TEST_F(ClusterAccessTest, APodHasAServiceAccount) {
  folder_.write("pod/token", "t0");
  folder_.write("pod/namespace", "infra\n");
  const auto find_pod = [&](const std::string& host) {
    pod_["KUBERNETES_SERVICE_HOST"] = host;
    return in_cluster_access([&](const std::string& name) { return std::optional(pod_[name]); }, folder_ / "pod");
  };

  EXPECT_EQ(picture(*find_pod("10.0.0.1")), "server https://10.0.0.1:443\nca file " + at("pod/ca.crt") +
                                                "\nca optional\ntoken file " + at("pod/token") + "\nnamespace infra\n");
  EXPECT_EQ(find_pod("10.0.0.1")->source, "service account");
  EXPECT_EQ(find_pod("fd00::1")->server, "https://kubernetes.default.svc:443");
  EXPECT_FALSE(find_pod(""));
}

}  // namespace
}  // namespace certsync::kube
