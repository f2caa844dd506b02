// Gauges that say what objects are like. Kept as plain data per object and rendered at each scrape, so that a series
// cannot outlive its object or the certificate it was about.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "base/locked.h"
#include "metrics/names.h"

namespace certsync::metrics {

class Samples {
 public:
  /// `labels` in the order of the name's. The same series a second time replaces the first.
  void set(const SeriesName& name, std::vector<std::string> labels, double value);
  const std::map<std::vector<std::string>, double>* find(const SeriesName& name) const;

 private:
  friend class ObjectSeries;
  friend std::vector<prometheus::MetricFamily> families_of(const Samples& samples);
  std::map<const SeriesName*, std::map<std::vector<std::string>, double>> values_;
};

/// Thread-safe.
class ObjectSeries final : public prometheus::Collectable {
 public:
  enum class Kind { CertSync, Appliance, Ownership };
  using Object = std::pair<Kind, std::string>;

  /// Everything that was said of the object before is gone, except that what is named in `kept` stays where `samples`
  /// lacks it.
  void replace(const Object& object, Samples samples, const std::vector<const SeriesName*>& kept = {});
  void forget(const Object& object);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  Locked<std::map<Object, Samples>> objects_;
};

/// As families of gauges.
std::vector<prometheus::MetricFamily> families_of(const Samples& samples);

/// A family of gauges without samples yet.
prometheus::MetricFamily gauge_family(const SeriesName& name);

}  // namespace certsync::metrics
