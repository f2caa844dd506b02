#include "kube/cluster_events.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "kube/micro_time.h"
#include "kube/paths.h"

namespace certsync::kube {
namespace {

using nlohmann::json;

// Limits of the server: pkg/apis/core/validation/events.go in kubernetes/kubernetes.
constexpr std::size_t kLongestNote = 1024;
constexpr std::size_t kLongestWord = 128;
constexpr std::size_t kLongestNamePart = 200;
// Qualified: domain/name.
constexpr char kController[] = "netscaler.certsync.io/controller";
constexpr char kEventsVersion[] = "events.k8s.io/v1";
constexpr std::size_t kMostSeries = 4096;
constexpr int kMostEventTries = 12;

std::string identity(const ports::Event& event) {
  return event.kind + "\n" + to_text(event.regarding) + "\n" + event.reason + "\n" + event.action + "\n" + event.note;
}

/// Events about cluster-scoped objects live in "default".
std::string space_of(const ports::Event& event) {
  return event.regarding.space.empty() ? "default" : event.regarding.space;
}

}  // namespace

json event_document(const ports::Event& event, const LiveObject* live, const std::string& instance,
                    const std::string& name_suffix, TimePoint now) {
  json regarding = {{"apiVersion", model::kApiVersion}, {"kind", event.kind}, {"name", event.regarding.name}};
  if (!event.regarding.space.empty()) regarding["namespace"] = event.regarding.space;
  if (live != nullptr) {
    regarding["uid"] = live->uid;
    regarding["resourceVersion"] = live->resource_version;
  }
  const std::string name = event.regarding.name.substr(0, kLongestNamePart) + "." + name_suffix;
  return {{"apiVersion", kEventsVersion},
          {"kind", "Event"},
          {"metadata", {{"name", name}, {"namespace", space_of(event)}}},
          {"eventTime", to_micro_time(now)},
          {"reportingController", kController},
          {"reportingInstance", instance.substr(0, kLongestWord)},
          {"action", event.action.substr(0, kLongestWord)},
          {"reason", event.reason.substr(0, kLongestWord)},
          {"regarding", std::move(regarding)},
          {"note", cut_utf8(valid_utf8(event.note), kLongestNote)},
          {"type", event.type == ports::EventType::Warning ? "Warning" : "Normal"}};
}

ClusterEvents::ClusterEvents(std::string instance, Api& api, const LiveObjects& live, WriteQueue& queue,
                             std::function<bool()> may_write, const Clock& clock, const Logger& log)
    : instance_(std::move(instance)),
      api_(api),
      live_(live),
      queue_(queue),
      may_write_(std::move(may_write)),
      clock_(clock),
      log_(log) {}

void ClusterEvents::record(const ports::Event& event) {
  log_.write(
      event.type == ports::EventType::Warning ? LogLevel::Warn : LogLevel::Info, "event",
      {{"kind", event.kind}, {"object", to_text(event.regarding)}, {"reason", event.reason}, {"note", event.note}});
  const auto live = live_.find({event.kind, event.regarding});
  std::lock_guard lock(mutex_);
  const auto now = clock_.steady();
  if (series_.size() >= kMostSeries) series_.clear();
  auto& series = series_[identity(event)];
  if (series && now - series->heard < kSeriesEnds) {
    ++series->count;
    series->last = clock_.now();
    series->heard = now;
    if (series->count == 2 || now - series->patched >= kSeriesRefresh) queue(series);
    return;
  }
  if (queue_.size() >= kMostWaiting) {
    series_.erase(identity(event));
    return;
  }
  // Unique across restarts and replicas, and it sorts by time: as client-go names them.
  const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.now().time_since_epoch()).count();
  const std::string suffix =
      to_hex(sha256(instance_ + std::to_string(nanos) + "/" + std::to_string(++serial_))).substr(0, 16);
  series = std::make_shared<Series>();
  series->document = event_document(event, live ? &*live : nullptr, instance_, suffix, clock_.now()).dump();
  series->ref = {space_of(event), event.regarding.name.substr(0, kLongestNamePart) + "." + suffix};
  series->heard = now;
  series->patched = now;
  series->last = clock_.now();
  queue(series);
}

void ClusterEvents::queue(const std::shared_ptr<Series>& series) {
  series->patched = clock_.steady();
  queue_.put(to_text(series->ref), [this, series](std::stop_token stop) { return write(series, std::move(stop)); });
}

WriteQueue::Outcome ClusterEvents::write(const std::shared_ptr<Series>& series, std::stop_token stop) {
  if (!may_write_()) return WriteQueue::Outcome::Done;
  Call call;
  int count = 0;
  bool create = false;
  {
    std::lock_guard lock(mutex_);
    count = series->count;
    create = !series->created;
    if (create) {
      call.method = http::Method::Post;
      call.target = collection_path(kEventsVersion, series->ref.space, "events");
      call.body = series->document;
      call.content_type = kJson;
    } else {
      call.method = http::Method::Patch;
      call.target = object_path(kEventsVersion, series->ref, "events");
      call.body = json{{"series", {{"count", count}, {"lastObservedTime", to_micro_time(series->last)}}}}.dump();
      call.content_type = kMergePatch;
    }
  }
  const auto answer = api_.call(std::move(call), std::move(stop));
  std::lock_guard lock(mutex_);
  // A 409 on a create is our own event, written by a try whose answer was lost.
  if (answer || (create && answer.error().conflict())) {
    series->created = true;
    if (create && series->count > 1) return WriteQueue::Outcome::Again;
    return WriteQueue::Outcome::Done;
  }
  if (answer.error().cancelled) return WriteQueue::Outcome::Done;
  const bool hopeless = answer.error().code >= 400 && answer.error().code < 500 && answer.error().code != 429;
  if (!hopeless && ++series->failures < kMostEventTries) return WriteQueue::Outcome::Again;
  log_.warn("an event could not be written", {{"event", to_text(series->ref)}, {"error", to_text(answer.error())}});
  return WriteQueue::Outcome::Done;
}

}  // namespace certsync::kube
