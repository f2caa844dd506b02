// The process_* series, read from /proc/self at each scrape.
#pragma once

#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace certsync::metrics {

/// Thread-safe. What cannot be read is left out.
class ProcessSeries final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace certsync::metrics
