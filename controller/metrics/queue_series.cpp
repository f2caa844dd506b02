#include "metrics/queue_series.h"

#include <algorithm>

#include "metrics/samples.h"

namespace certsync::metrics {
namespace {

const Buckets& queue_buckets() {
  static const Buckets buckets{1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000};
  return buckets;
}

prometheus::Labels queue_labels(const SeriesName& name, const std::string& queue) {
  return labels_of(name, {queue, queue});
}

}  // namespace

QueueSeries::QueueSeries(prometheus::Registry& registry, const Clock& clock)
    : clock_(clock),
      depth_(gauges(registry, kQueueDepth)),
      adds_(counters(registry, kQueueAdds)),
      retries_(counters(registry, kQueueRetries)),
      wait_(histograms(registry, kQueueWait)),
      work_(histograms(registry, kQueueWork)) {}

void QueueSeries::depth(const std::string& queue, std::size_t depth) {
  // Without priorities the label is there and empty, as in controller-runtime.
  depth_.Add(labels_of(kQueueDepth, {queue, queue, ""})).Set(static_cast<double>(depth));
}

void QueueSeries::added(const std::string& queue) {
  adds_.Add(queue_labels(kQueueAdds, queue)).Increment();
}

void QueueSeries::retried(const std::string& queue) {
  retries_.Add(queue_labels(kQueueRetries, queue)).Increment();
}

void QueueSeries::waited(const std::string& queue, Seconds waited) {
  wait_.Add(queue_labels(kQueueWait, queue), queue_buckets()).Observe(waited.count());
}

void QueueSeries::started(const std::string& queue, const std::string& key) {
  std::lock_guard lock(mutex_);
  running_[queue][key] = clock_.steady();
}

void QueueSeries::ended(const std::string& queue, const std::string& key) {
  std::lock_guard lock(mutex_);
  const auto started = running_[queue].extract(key);
  if (started.empty()) return;
  const Seconds worked = clock_.steady() - started.mapped();
  work_.Add(queue_labels(kQueueWork, queue), queue_buckets()).Observe(worked.count());
}

std::string QueueSeries::text() const {
  Samples samples;
  const auto now = clock_.steady();
  std::lock_guard lock(mutex_);
  for (const auto& [queue, keys] : running_) {
    Seconds unfinished{0};
    Seconds longest{0};
    for (const auto& [key, since] : keys) {
      unfinished += now - since;
      longest = std::max<Seconds>(longest, now - since);
    }
    samples.set(kQueueUnfinished, {queue, queue}, unfinished.count());
    samples.set(kQueueLongest, {queue, queue}, longest.count());
  }
  std::string text;
  for (const auto& [name, lines] : samples.lines())
    text += heading(*name) + lines;
  return text;
}

}  // namespace certsync::metrics
