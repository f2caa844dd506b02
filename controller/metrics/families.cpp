#include "metrics/families.h"

#include "metrics/label.h"

namespace certsync::metrics {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

Family<Counter>& counters(prometheus::Registry& registry, const SeriesName& name) {
  return prometheus::BuildCounter().Name(name.name).Help(name.help).Register(registry);
}

Family<Gauge>& gauges(prometheus::Registry& registry, const SeriesName& name) {
  return prometheus::BuildGauge().Name(name.name).Help(name.help).Register(registry);
}

Family<Histogram>& histograms(prometheus::Registry& registry, const SeriesName& name) {
  return prometheus::BuildHistogram().Name(name.name).Help(name.help).Register(registry);
}

prometheus::Labels labels_of(const SeriesName& name, std::initializer_list<std::string_view> values) {
  prometheus::Labels labels;
  std::size_t i = 0;
  for (const auto value : values) {
    labels.emplace(name.labels.at(i++), to_label(value));
  }
  return labels;
}

const Buckets& request_buckets() {
  static const Buckets buckets{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};
  return buckets;
}

}  // namespace certsync::metrics
