// What every Kubernetes object has, reduced to what we use. The same shape whether it came from a file or an API
// server.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"

namespace certsync::model {

/// A namespaced name. Cluster-scoped objects have an empty namespace.
struct ObjectRef {
  std::string space;
  std::string name;

  auto operator<=>(const ObjectRef&) const = default;
};

/// "team-a/www", or the bare name of a cluster-scoped object.
inline std::string to_text(const ObjectRef& ref) {
  return ref.space.empty() ? ref.name : ref.space + "/" + ref.name;
}

using Labels = std::map<std::string, std::string>;

struct ObjectMeta {
  ObjectRef ref;
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 1;
  std::optional<TimePoint> created;
  /// Asked to go away: a deletionTimestamp, or a manifest that has been absent long enough.
  bool deleting = false;
  /// Since when.
  std::optional<TimePoint> deleted_at;
  Labels labels;
  Labels annotations;
};

inline constexpr char kApiGroup[] = "netscaler.certsync.io";
inline constexpr char kApiVersion[] = "netscaler.certsync.io/v1alpha1";
inline constexpr char kLetGo[] = "netscaler.certsync.io/let-go";
inline constexpr char kDeployNow[] = "netscaler.certsync.io/deploy-now";
inline constexpr char kSyncRequestedAt[] = "netscaler.certsync.io/sync-requested-at";

/// Empty when it has none of that name.
inline std::string annotation(const ObjectMeta& meta, const char* name) {
  const auto found = meta.annotations.find(name);
  return found == meta.annotations.end() ? "" : found->second;
}

}  // namespace certsync::model
