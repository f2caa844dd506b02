#include "app/owner.h"

#include <cstdlib>
#include <fstream>

#include "base/encoding.h"

namespace certsync::app {
namespace {

std::string first_line(const char* path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return std::string(trim(line));
}

}  // namespace

std::optional<std::string> machine_owner_id() {
  const std::string id = first_line("/etc/machine-id");
  if (id.size() < 32) return std::nullopt;
  return sha256_hex("netscaler-cert-sync " + id);
}

std::string own_namespace(const std::string& given) {
  if (!given.empty()) return given;
  // Read once, before any thread exists.
  const char* pod = std::getenv("POD_NAMESPACE");  // NOLINT(concurrency-mt-unsafe)
  if (pod != nullptr && *pod != '\0') return pod;
  const std::string account = first_line("/var/run/secrets/kubernetes.io/serviceaccount/namespace");
  return account.empty() ? "netscaler-cert-sync" : account;
}

}  // namespace certsync::app
