#include "cluster/control_plane.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "support/places.h"

namespace cluster {
namespace {

const std::string kHere = (support::source_tree() / "tests/cluster/").string();

std::string shell_word(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  return text;
}

}  // namespace

Ran run(const std::vector<std::string>& arguments, const std::string& input) {
  std::string command;
  for (const auto& argument : arguments)
    command += shell_word(argument) + " ";
  std::string file;
  if (!input.empty()) {
    file = std::string(P_tmpdir) + "/certsync-input-XXXXXX";
    const int made = ::mkstemp(file.data());
    std::ofstream(file) << input;
    if (made >= 0) ::close(made);
    command += "< " + shell_word(file);
  } else {
    command += "< /dev/null";
  }
  Ran ran;
  // NOLINTNEXTLINE(cert-env33-c): the arguments are the test's own, and quoted.
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  char buffer[4096];
  for (std::size_t got = 0; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    ran.output.append(buffer, got);
  const int status = ::pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (!file.empty()) ::unlink(file.c_str());
  return ran;
}

std::string ControlPlane::programs() {
  static const std::string folder = [] {
    const Ran built = run({kHere + "build.sh"});
    if (built.code != 0) {
      std::cerr << built.output;
      return std::string();
    }
    // What a cold build says stands before it.
    const std::string text = trimmed(built.output);
    return text.substr(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
  }();
  return folder;
}

ControlPlane& ControlPlane::get() {
  static ControlPlane plane;
  return plane;
}

ControlPlane::ControlPlane(const std::string& api_flags, const std::string& form)
    : programs_(programs()), api_flags_(api_flags) {
  script("start");
  must({"apply", "-f", (support::source_tree() / "crds").string()});
  must({"wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"});
  if (form == "namespaced") must({"create", "namespace", "team-a"});
  must({"apply", "-k", (support::source_tree() / ("deploy/" + form)).string()});
}

ControlPlane::ControlPlane(const ControlPlane& other, const std::string& etcd) : programs_(programs()) {
  script("join", {other.folder_ / "run", etcd});
}

ControlPlane::~ControlPlane() {
  script("stop");
}

void ControlPlane::script(const std::string& command, const std::vector<std::string>& more) const {
  std::vector<std::string> whole = {"/usr/bin/env", "APISERVER_FLAGS=" + api_flags_, kHere + "control_plane.sh",
                                    command, folder_ / "run"};
  whole.insert(whole.end(), more.begin(), more.end());
  const Ran ran = run(whole);
  if (ran.code == 0) return;
  std::cerr << "control_plane.sh " << command << ": " << ran.output;
  std::abort();
}

Ran ControlPlane::kubectl(const std::vector<std::string>& arguments, const std::string& input) const {
  std::vector<std::string> whole = {programs_ + "/kubectl", "--kubeconfig", admin_kubeconfig()};
  whole.insert(whole.end(), arguments.begin(), arguments.end());
  return run(whole, input);
}

std::string ControlPlane::must(const std::vector<std::string>& arguments, const std::string& input) const {
  const Ran ran = kubectl(arguments, input);
  std::string command = "kubectl";
  for (const auto& argument : arguments)
    command += " " + argument;
  EXPECT_EQ(ran.code, 0) << command << "\n" << ran.output << input;
  return trimmed(ran.output);
}

void ControlPlane::kill_api_server() const {
  script("kill-apiserver");
}

void ControlPlane::start_api_server() const {
  script("start-apiserver");
}

void ControlPlane::compact() const {
  script("compact");
}

std::string ControlPlane::address() const {
  const std::string text = folder_.read("run/kubeconfig");
  const auto at = text.find("https://") + std::string("https://").size();
  return trimmed(text.substr(at, text.find('\n', at) - at));
}

std::string ControlPlane::etcd_address() const {
  const std::string text = folder_.read("run/ports");
  const std::string name = "etcd_port=";
  return "127.0.0.1:" + std::to_string(std::stoi(text.substr(text.find(name) + name.size())));
}

void ControlPlane::write_token(const std::string& folder, const std::string& account,
                               const std::string& duration) const {
  const std::string token = must({"create", "token", account, "-n", "netscaler-cert-sync", "--duration", duration});
  std::ofstream(folder + "/token~") << token;
  std::rename((folder + "/token~").c_str(), (folder + "/token").c_str());
}

std::string ControlPlane::account_kubeconfig(const std::string& folder, const std::string& account,
                                             const std::string& server) const {
  write_token(folder, account);
  const std::string ca =
      must({"config", "view", "--raw", "-o", "jsonpath={.clusters[0].cluster.certificate-authority-data}"});
  const std::string ca_file =
      must({"config", "view", "--raw", "-o", "jsonpath={.clusters[0].cluster.certificate-authority}"});
  std::ofstream(folder + "/kubeconfig")
      << "apiVersion: v1\nkind: Config\ncurrent-context: operator\n"
      << "clusters:\n- name: test\n  cluster:\n    server: https://" << (server.empty() ? address() : server) << "\n"
      << (ca.empty() ? "    certificate-authority: " + ca_file : "    certificate-authority-data: " + ca) << "\n"
      << "users:\n- name: operator\n  user: {tokenFile: token}\n"
      << "contexts:\n- name: operator\n  context: {cluster: test, user: operator, namespace: netscaler-cert-sync}\n";
  return folder + "/kubeconfig";
}

}  // namespace cluster
