#include "metrics/cluster_series.h"

#include <array>
#include <utility>

#include "base/time_text.h"

namespace certsync::metrics {
namespace {

/// Those of client-go.
const Buckets& size_buckets() {
  static const Buckets buckets{64, 256, 512, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216};
  return buckets;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kReloads{{
    {"success", "updated"},
    {"success", "unchanged"},
    {"failure", "read_error"},
    {"failure", "empty"},
    {"failure", "ca_parse_error"},
}};

}  // namespace

ClusterSeries::ClusterSeries(prometheus::Registry& registry)
    : requests_(counters(registry, kApiRequests)),
      duration_(histograms(registry, kApiDuration)),
      retries_(counters(registry, kApiRetries)),
      request_size_(histograms(registry, kApiRequestSize)),
      response_size_(histograms(registry, kApiResponseSize)),
      ca_reloads_(counters(registry, kCaReloads)),
      leader_(gauges(registry, kLeader)),
      leader_slow_path_(counters(registry, kLeaderSlowPath)),
      watch_restarts_(counters(registry, kWatchRestarts)),
      watch_last_event_(gauges(registry, kWatchLastEvent)),
      watch_list_duration_(histograms(registry, kWatchListDuration)),
      cached_objects_(gauges(registry, kCachedObjects)),
      status_writes_(counters(registry, kStatusWrites)) {}

void ClusterSeries::request(const std::string& method, const std::string& host, const std::string& code, Seconds took,
                            std::size_t sent_bytes, std::size_t received_bytes) {
  requests_.Add(labels_of(kApiRequests, {code, method, host})).Increment();
  duration_.Add(labels_of(kApiDuration, {method, host}), request_buckets()).Observe(took.count());
  request_size_.Add(labels_of(kApiRequestSize, {method, host}), size_buckets())
      .Observe(static_cast<double>(sent_bytes));
  response_size_.Add(labels_of(kApiResponseSize, {method, host}), size_buckets())
      .Observe(static_cast<double>(received_bytes));
}

void ClusterSeries::retry(const std::string& method, const std::string& host, const std::string& code) {
  retries_.Add(labels_of(kApiRetries, {code, method, host})).Increment();
}

void ClusterSeries::ca_reload(std::string_view result, std::string_view reason) {
  // rate() needs the 0 before the 1: a failure must not be missed because it is the first one.
  for (const auto& [known_result, known_reason] : kReloads) {
    ca_reloads_.Add(labels_of(kCaReloads, {known_result, known_reason}));
  }
  ca_reloads_.Add(labels_of(kCaReloads, {result, reason})).Increment();
}

void ClusterSeries::leader(const std::string& lease, bool leading) {
  leader_.Add(labels_of(kLeader, {lease})).Set(leading ? 1 : 0);
  leader_slow_path_.Add(labels_of(kLeaderSlowPath, {lease}));
}

void ClusterSeries::leader_slow_path(const std::string& lease) {
  leader_slow_path_.Add(labels_of(kLeaderSlowPath, {lease})).Increment();
}

void ClusterSeries::watch_restart(const std::string& resource, const std::string& reason) {
  watch_restarts_.Add(labels_of(kWatchRestarts, {resource, reason})).Increment();
}

void ClusterSeries::watch_heard(const std::string& resource, TimePoint when) {
  watch_last_event_.Add(labels_of(kWatchLastEvent, {resource})).Set(to_unix_seconds(when));
}

void ClusterSeries::watch_listed(const std::string& resource, Seconds took) {
  watch_list_duration_.Add(labels_of(kWatchListDuration, {resource}), request_buckets()).Observe(took.count());
}

void ClusterSeries::cached_objects(const std::string& resource, std::size_t count) {
  cached_objects_.Add(labels_of(kCachedObjects, {resource})).Set(static_cast<double>(count));
}

void ClusterSeries::status_write(const std::string& kind, const std::string& result) {
  status_writes_.Add(labels_of(kStatusWrites, {kind, result})).Increment();
}

}  // namespace certsync::metrics
