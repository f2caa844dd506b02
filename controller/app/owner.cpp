#include "app/owner.h"

#include <cstdlib>
#include <fstream>

#include "base/encoding.h"
#include "model/naming.h"

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

model::Owner owner_of(const std::string& id, const std::vector<std::string>& former_ids) {
  model::Owner owner{model::owner_mark(id), {}};
  for (const auto& former : former_ids)
    owner.former.insert(model::owner_mark(former));
  return owner;
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
