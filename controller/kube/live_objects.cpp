#include "kube/live_objects.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "kube/members.h"
#include "kube/reflector.h"

namespace certsync::kube {
namespace {

using nlohmann::json;

LiveObject read(const json& object) {
  LiveObject live;
  const auto& metadata = object["metadata"];
  live.uid = text_of(metadata, "uid");
  live.resource_version = text_of(metadata, "resourceVersion");
  const auto deleted = metadata.find("deletionTimestamp");
  live.deleting = deleted != metadata.end() && !deleted->is_null();
  if (const auto list = metadata.find("finalizers"); list != metadata.end() && list->is_array()) {
    for (const auto& item : *list)
      live.finalizers.push_back(item.is_string() ? item.get<std::string>() : "");
  }
  const auto status = object.find("status");
  if (status == object.end() || !status->is_object()) return live;
  live.last_sync_time = text_of(*status, "lastSyncTime");
  live.status = status_text(*status);
  return live;
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string status_text(json status) {
  status.erase("lastSyncTime");
  if (const auto targets = status.find("appliances"); targets != status.end() && targets->is_array()) {
    for (auto& target : *targets) {
      if (!target.is_object()) continue;
      target.erase("lastSyncTime");
      target.erase("lastVerifyTime");
    }
  }
  return status.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool is_older(const std::string& version, const std::string& than) {
  if (!is_number(version) || !is_number(than)) return false;
  return version.size() != than.size() ? version.size() < than.size() : version < than;
}

void LiveObjects::saw(const std::string& kind, const json& object) {
  take(kind, object, Trust::IfNewer);
}

void LiveObjects::answered(const std::string& kind, const json& object) {
  take(kind, object, Trust::IfKnown);
}

void LiveObjects::looked(const std::string& kind, const json& object) {
  take(kind, object, Trust::Always);
}

void LiveObjects::take(const std::string& kind, const json& object, Trust trust) {
  const auto ref = ref_of(object);
  if (!ref) return;
  LiveObject fresh = read(object);
  std::lock_guard lock(mutex_);
  const auto known = objects_.find({kind, *ref});
  if (known == objects_.end()) {
    if (trust == Trust::IfNewer) objects_.emplace(LiveKey{kind, *ref}, std::move(fresh));
    return;
  }
  if (trust != Trust::Always && is_older(fresh.resource_version, known->second.resource_version)) return;
  known->second = std::move(fresh);
}

void LiveObjects::gone(const std::string& kind, const model::ObjectRef& ref) {
  std::lock_guard lock(mutex_);
  objects_.erase({kind, ref});
}

std::optional<LiveObject> LiveObjects::find(const LiveKey& key) const {
  std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return std::nullopt;
  return found->second;
}

}  // namespace certsync::kube
