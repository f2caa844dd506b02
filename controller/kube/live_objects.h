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
  /// From a list, a watch, a GET or the answer to a write. An older version than the known one of the same object is
  /// ignored: answers overtake watches.
  void saw(const std::string& kind, const nlohmann::json& object);
  void gone(const std::string& kind, const model::ObjectRef& ref);
  std::optional<LiveObject> find(const LiveKey& key) const;
  std::vector<model::ObjectRef> all(const std::string& kind) const;

 private:
  mutable std::mutex mutex_;
  std::map<LiveKey, LiveObject> objects_;
};

/// Compact text of a status without lastSyncTime and lastVerifyTime, members in one order.
std::string status_text(nlohmann::json status);

/// Whether `version` is older than `than`: resourceVersions of one resource are decimal integers that grow (KEP-5504).
/// False where either is not.
bool is_older(const std::string& version, const std::string& than);

}  // namespace certsync::kube
