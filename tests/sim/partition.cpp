#include "sim/partition.h"

#include "sim/file_store.h"

namespace sim {
namespace {

constexpr const char* kPartitions = "/var/partitions/";

}  // namespace

std::string Partition::ssl_folder() const {
  return is_default() ? kSslFolder : kPartitions + name + "/netscaler/ssl";
}

bool Partition::may_read(const std::string& folder) const {
  const std::string path = FileStore::canonical(folder) + "/";
  return is_default() ? !path.starts_with(kPartitions) : path.starts_with(kPartitions + name + "/");
}

bool Partition::may_write(const std::string& folder) const {
  return is_default() || may_read(folder);
}

std::string qualified(const std::string& partition, const std::string& name) {
  return partition == kDefaultPartition ? name : partition + "/" + name;
}

QualifiedName split_qualified(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return {kDefaultPartition, text};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

}  // namespace sim
