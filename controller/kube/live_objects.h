// What the server last showed of the objects that we write to: enough to write only what is news, to the right object,
// on top of the right version.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/object.h"

namespace certsync::kube {

struct LiveObject {
  std::string uid;
  std::string resource_version;
  std::vector<std::string> finalizers;
  bool deleting = false;
  /// The status without its times of day: two equal texts say the same.
  std::string status;
  /// status.lastSyncTime
  std::string last_sync_time;
};

/// "NetScalerCertSync" and a name.
using LiveKey = std::pair<std::string, model::ObjectRef>;

/// Thread-safe.
class LiveObjects {
 public:
  /// From a list or a watch. An older version than the known one is ignored, also of a namesake that was there before:
  /// answers overtake watches, and versions grow over all objects.
  void saw(const std::string& kind, const nlohmann::json& object);
  /// From the answer to a write. As saw(), but what a watch has shown to be gone does not come back by it.
  void answered(const std::string& kind, const nlohmann::json& object);
  /// From a GET after a conflict. It is taken even if its version is older: so it is after a restore of etcd.
  void looked(const std::string& kind, const nlohmann::json& object);
  void gone(const std::string& kind, const model::ObjectRef& ref);
  std::optional<LiveObject> find(const LiveKey& key) const;

 private:
  enum class Trust { IfNewer, IfKnown, Always };
  void take(const std::string& kind, const nlohmann::json& object, Trust trust);

  mutable std::mutex mutex_;
  std::map<LiveKey, LiveObject> objects_;
};

/// Compact text of a status without lastSyncTime and lastVerifyTime, members in one order.
std::string status_text(nlohmann::json status);

/// Whether `version` is older than `than`: resourceVersions of one resource are decimal integers that grow (KEP-5504).
/// False where either is not.
bool is_older(const std::string& version, const std::string& than);

}  // namespace certsync::kube
