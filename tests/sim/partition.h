// An admin partition: an appliance within the appliance, with a configuration and a certificate folder of its own.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "sim/model.h"

namespace sim {

inline constexpr const char* kDefaultPartition = "default";

struct Partition {
  std::string name = kDefaultPartition;
  int number = 0;
  Config running;
  Config saved;
  bool config_changed = false;
  certsync::TimePoint changed_at;
  certsync::TimePoint saved_at;

  bool is_default() const { return name == kDefaultPartition; }
  /// /nsconfig/ssl, or /var/partitions/NAME/netscaler/ssl: what a bare file name means.
  std::string ssl_folder() const;
  /// Its certkeys may name files of that folder: none of another partition, and a partition none of the default one.
  bool may_read(const std::string& folder) const;
  /// The default partition's administrator sees the whole disk.
  bool may_write(const std::string& folder) const;
};

/// Virtual servers of all partitions in one list of names: "vs", and "p1/vs" for one of another partition.
struct QualifiedName {
  std::string partition = kDefaultPartition;
  std::string name;
};
std::string qualified(const std::string& partition, const std::string& name);
QualifiedName split_qualified(const std::string& text);

}  // namespace sim
