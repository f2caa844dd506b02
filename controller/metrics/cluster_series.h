// The series about the Kubernetes API: requests, watches, the lease, status writes. None of them exists before its
// first record, so a standalone process shows none.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "metrics/families.h"

namespace certsync::metrics {

/// Thread-safe.
class ClusterSeries {
 public:
  using Seconds = std::chrono::duration<double>;

  explicit ClusterSeries(prometheus::Registry& registry);

  void request(const std::string& method, const std::string& host, const std::string& code, Seconds took,
               std::size_t sent_bytes, std::size_t received_bytes);
  void retry(const std::string& method, const std::string& host, const std::string& code);
  void ca_reload(std::string_view result, std::string_view reason);
  void leader(const std::string& lease, bool leading);
  void leader_slow_path(const std::string& lease);
  void watch_restart(const std::string& resource, const std::string& reason);
  void watch_heard(const std::string& resource, TimePoint when);
  void watch_listed(const std::string& resource, Seconds took);
  void cached_objects(const std::string& resource, std::size_t count);
  void status_write(const std::string& kind, const std::string& result);

 private:
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& duration_;
  prometheus::Family<prometheus::Counter>& retries_;
  prometheus::Family<prometheus::Histogram>& request_size_;
  prometheus::Family<prometheus::Histogram>& response_size_;
  prometheus::Family<prometheus::Counter>& ca_reloads_;
  prometheus::Family<prometheus::Gauge>& leader_;
  prometheus::Family<prometheus::Counter>& leader_slow_path_;
  prometheus::Family<prometheus::Counter>& watch_restarts_;
  prometheus::Family<prometheus::Gauge>& watch_last_event_;
  prometheus::Family<prometheus::Histogram>& watch_list_duration_;
  prometheus::Family<prometheus::Gauge>& cached_objects_;
  prometheus::Family<prometheus::Counter>& status_writes_;
};

}  // namespace certsync::metrics
