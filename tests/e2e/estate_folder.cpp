#include "e2e/estate_folder.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "probe/tls_probe.h"
#include "support/places.h"

namespace e2e {
namespace {

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump();
}

}  // namespace

EstateFolder::EstateFolder(const sim::Simulator& box)
    : root_(support::Authority::root("End to End Root")), issuer_(root_.intermediate("End to End CA")) {
  std::filesystem::create_directories(folder_ / "manifests");
  log_in_as("nsroot", "nsroot-password");
  write("appliance.yaml",
        "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerAppliance\nmetadata: {name: edge}\nspec:\n"
        "  endpoints: [\"" +
            box.url() + "\"]\n  credentialsSecretRef: {name: edge-nitro}\n  tls: {fingerprints: [\"" +
            box.fingerprint() + "\"]}\n");
  write("www.yaml",
        "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: www}\nspec:\n"
        "  secretRef: {name: www-tls}\n  appliances: [{name: edge}]\n"
        "  bindings: [{virtualServer: vs_www}, {virtualServer: vs_shop, role: sni}]\n");
}

void EstateFolder::log_in_as(const std::string& username, const std::string& password) const {
  write("credentials.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: edge-nitro, namespace: netscaler-cert-sync}\n"
        "type: kubernetes.io/basic-auth\nstringData: {username: " +
            username + ", password: " + password + "}\n");
}

std::string EstateFolder::secret(const std::string& name, const support::Issued& issued) const {
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name +
         "}\ntype: kubernetes.io/tls\nstringData:\n  tls.crt: " +
         quoted(issued.certificate_pem + issuer_.certificate_pem()) + "\n  tls.key: " + quoted(issued.key_pem) + "\n";
}

std::string EstateFolder::renew() {
  const auto issued = issuer_.issue({.common_name = "www.example.com", .dns_names = {"www.example.com"}});
  last_key_ = issued.key_pem;
  write("secret.yaml", secret("www-tls", issued));
  return certsync::sha256_hex(support::certificate_to_der(issued.certificate_pem));
}

std::vector<std::string> EstateFolder::command(const std::vector<std::string>& more) const {
  std::vector<std::string> arguments = {
      support::program("certsync"), "run",        "--manifests", folder_ / "manifests", "--status-dir",
      folder_ / "status",           "--owner-id", "e2e",         "--metrics-address",   "127.0.0.1:0",
      "--health-address",           "127.0.0.1:0"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::string served(const std::string& address, const std::string& server_name) {
  certsync::probe::TlsProber prober(certsync::probe::ProbeLimits{true, {}});
  const auto result =
      prober.probe({address, server_name, certsync::model::KeyType::Ecdsa, std::chrono::seconds(10)}, {});
  return result.reached && !result.chain_sha256.empty() ? result.chain_sha256.front() : "";
}

bool until(const std::function<bool()>& holds, std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::mutex mutex;
  std::condition_variable never;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::unique_lock lock(mutex);
    never.wait_for(lock, std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace e2e
