// The workqueue_* series. The work under way is looked at when it is asked for, so that a pass that hangs shows.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "metrics/families.h"

namespace certsync::metrics {

/// Thread-safe.
class QueueSeries {
 public:
  using Seconds = std::chrono::duration<double>;

  QueueSeries(prometheus::Registry& registry, const Clock& clock);

  void depth(const std::string& queue, std::size_t depth);
  void added(const std::string& queue);
  void retried(const std::string& queue);
  void waited(const std::string& queue, Seconds waited);
  void started(const std::string& queue, const std::string& key);
  void ended(const std::string& queue, const std::string& key);

  /// Of what is computed at each scrape; the rest is in the registry.
  std::string text() const;

 private:
  const Clock& clock_;
  prometheus::Family<prometheus::Gauge>& depth_;
  prometheus::Family<prometheus::Counter>& adds_;
  prometheus::Family<prometheus::Counter>& retries_;
  prometheus::Family<prometheus::Histogram>& wait_;
  prometheus::Family<prometheus::Histogram>& work_;
  mutable std::mutex mutex_;
  /// By queue, by key. A queue stays once it had work, so that its 0 is seen.
  std::map<std::string, std::map<std::string, SteadyPoint>> running_;
};

}  // namespace certsync::metrics
