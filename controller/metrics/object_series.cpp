#include "metrics/object_series.h"

#include "metrics/label.h"

namespace certsync::metrics {
namespace {

prometheus::ClientMetric gauge(const SeriesName& name, const std::vector<std::string>& labels, double value) {
  prometheus::ClientMetric metric;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    metric.label.push_back({name.labels[i], labels[i]});
  }
  metric.gauge.value = value;
  return metric;
}

}  // namespace

void Samples::set(const SeriesName& name, std::vector<std::string> labels, double value) {
  for (auto& label : labels) {
    label = to_label(label);
  }
  values_[&name][std::move(labels)] = value;
}

const std::map<std::vector<std::string>, double>* Samples::find(const SeriesName& name) const {
  const auto found = values_.find(&name);
  return found == values_.end() ? nullptr : &found->second;
}

void ObjectSeries::replace(const Object& object, Samples samples, const std::vector<const SeriesName*>& kept) {
  objects_.with([&](auto& objects) {
    auto& known = objects[object];
    for (const auto* name : kept) {
      const auto* before = known.find(*name);
      if (before != nullptr && samples.find(*name) == nullptr) samples.values_[name] = *before;
    }
    known = std::move(samples);
  });
}

void ObjectSeries::forget(const Object& object) {
  objects_.with([&](auto& objects) { objects.erase(object); });
}

std::vector<prometheus::MetricFamily> ObjectSeries::Collect() const {
  // A family has to be one block of lines, whatever number of objects it speaks of.
  Samples all;
  objects_.with([&](const auto& objects) {
    for (const auto& [object, samples] : objects) {
      for (const auto& [name, series] : samples.values_) {
        all.values_[name].insert(series.begin(), series.end());
      }
    }
  });
  return families_of(all);
}

std::vector<prometheus::MetricFamily> families_of(const Samples& samples) {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(samples.values_.size());
  for (const auto& [name, series] : samples.values_) {
    auto& family = families.emplace_back(gauge_family(*name));
    for (const auto& [labels, value] : series) {
      family.metric.push_back(gauge(*name, labels, value));
    }
  }
  return families;
}

prometheus::MetricFamily gauge_family(const SeriesName& name) {
  return {name.name, name.help, prometheus::MetricType::Gauge, {}};
}

}  // namespace certsync::metrics
