#include "kube/cluster_status.h"

#include <array>

#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "codec/objects.h"
#include "kube/paths.h"
#include "kube/watch_frames.h"

namespace certsync::kube {
namespace {

using nlohmann::json;

constexpr int kMostConflicts = 5;
// Times alone are no reason for a write, unless they have become an hour wrong.
constexpr std::chrono::hours kTimesMayLag{1};

// Every member that any status of ours may have: what is absent now may have been there before.
constexpr std::array kMembers = {"conditions",
                                 "certificates",
                                 "certificatesTotal",
                                 "appliances",
                                 "appliancesTotal",
                                 "targets",
                                 "boundTo",
                                 "nextWindow",
                                 "lastSyncTime",
                                 "lastSaveTime",
                                 "lastHandledSyncRequest",
                                 "lastHandledDeployNow",
                                 "plan",
                                 "primaryEndpoint",
                                 "version",
                                 "haState",
                                 "certKeys",
                                 "managedCertKeys",
                                 "nextExpiry"};

json as_json(const nlohmann::ordered_json& ordered) {
  return json::parse(ordered.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string status_path(const LiveKey& key) {
  return (key.first == kSyncKind ? sync_path(key.second) : appliance_path(key.second.name)) + "/status";
}

}  // namespace

struct ClusterStatus::News {
  LiveKey key;
  json status;
  std::string text;
};

json status_patch(const LiveObject& live, const json& status) {
  json whole = status;
  for (const char* member : kMembers) {
    if (!whole.contains(member)) whole[member] = nullptr;
  }
  return {{"metadata", {{"uid", live.uid}, {"resourceVersion", live.resource_version}}}, {"status", std::move(whole)}};
}

ClusterStatus::ClusterStatus(Api& api, LiveObjects& live, WriteQueue& queue, std::function<bool()> may_write,
                             const Logger& log, ports::Recorder& recorder)
    : api_(api), live_(live), queue_(queue), may_write_(std::move(may_write)), log_(log), recorder_(recorder) {}

Result<void> ClusterStatus::write(const model::CertSync& sync) {
  queue({kSyncKind, sync.meta.ref}, as_json(codec::encode_status(sync.status)));
  return {};
}

Result<void> ClusterStatus::write(const model::Appliance& appliance) {
  queue({kApplianceKind, appliance.meta.ref}, as_json(codec::encode_status(appliance.status)));
  return {};
}

void ClusterStatus::queue(LiveKey key, json status) {
  auto news = std::make_shared<News>();
  news->text = status_text(status);
  news->status = std::move(status);
  news->key = std::move(key);
  queue_.put("status " + news->key.first + " " + to_text(news->key.second),
             [this, news](std::stop_token stop) { return patch(*news, std::move(stop)); });
}

bool ClusterStatus::is_news(const LiveObject& live, const json& status, const std::string& text) const {
  if (live.status != text) return true;
  const auto now = status.find("lastSyncTime");
  if (now == status.end() || !now->is_string()) return false;
  const auto before = from_rfc3339(live.last_sync_time);
  const auto after = from_rfc3339(now->get<std::string>());
  return after && (!before || *after - *before >= kTimesMayLag);
}

WriteQueue::Outcome ClusterStatus::patch(const News& news, std::stop_token stop) {
  for (int conflicts = 0; conflicts < kMostConflicts;) {
    const auto live = live_.find(news.key);
    // Gone, or not ours to write any more: whoever leads now says it.
    if (!live || !may_write_()) return WriteQueue::Outcome::Done;
    if (!is_news(*live, news.status, news.text)) {
      recorder_.status_write(news.key.first, "unchanged");
      return WriteQueue::Outcome::Done;
    }
    Call call;
    call.method = http::Method::Patch;
    call.target = status_path(news.key);
    call.body = status_patch(*live, news.status).dump(-1, ' ', false, json::error_handler_t::replace);
    call.content_type = kMergePatch;
    auto answer = api_.call(std::move(call), stop);
    if (answer) {
      if (const auto object = decode_object(*answer, Keep::Everything)) live_.answered(news.key.first, *object);
      recorder_.status_write(news.key.first, "written");
      return WriteQueue::Outcome::Done;
    }
    bool again = false;
    const auto outcome = refused(news, answer.error(), stop, conflicts, again);
    if (!again) return outcome;
  }
  return WriteQueue::Outcome::Again;
}

WriteQueue::Outcome ClusterStatus::refused(const News& news, const ApiError& error, std::stop_token stop,
                                           int& conflicts, bool& again) {
  if (error.not_found()) return WriteQueue::Outcome::Done;
  if (error.conflict()) {
    // Somebody wrote first. What is there now decides: another object of that name, or the same with another version.
    recorder_.status_write(news.key.first, "conflict");
    Call call;
    call.target = news.key.first == kSyncKind ? sync_path(news.key.second) : appliance_path(news.key.second.name);
    auto answer = api_.call(std::move(call), std::move(stop));
    if (!answer) return answer.error().not_found() ? WriteQueue::Outcome::Done : WriteQueue::Outcome::Again;
    const auto before = live_.find(news.key);
    if (const auto object = decode_object(*answer, Keep::Everything)) live_.looked(news.key.first, *object);
    const auto now = live_.find(news.key);
    if (!before || !now || before->uid != now->uid) return WriteQueue::Outcome::Done;
    ++conflicts;
    again = true;
    return WriteQueue::Outcome::Again;
  }
  if (!error.cancelled) {
    recorder_.status_write(news.key.first, "failed");
    log_.warn("status could not be written; it is tried again",
              {{"kind", news.key.first}, {"object", to_text(news.key.second)}, {"error", to_text(error)}});
  }
  return WriteQueue::Outcome::Again;
}

}  // namespace certsync::kube
