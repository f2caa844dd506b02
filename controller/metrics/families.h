// What every file with families of series needs.
#pragma once

#include <initializer_list>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "metrics/names.h"

namespace certsync::metrics {

using Buckets = prometheus::Histogram::BucketBoundaries;

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, const SeriesName& name);
prometheus::Family<prometheus::Gauge>& gauges(prometheus::Registry& registry, const SeriesName& name);
prometheus::Family<prometheus::Histogram>& histograms(prometheus::Registry& registry, const SeriesName& name);

/// `values` in the order of the name's labels.
prometheus::Labels labels_of(const SeriesName& name, std::initializer_list<std::string_view> values);

/// Those of client-go, for requests to appliances as well.
const Buckets& request_buckets();

}  // namespace certsync::metrics
