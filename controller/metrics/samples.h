// Series as the lines that Prometheus reads (text format 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/names.h"

namespace certsync::metrics {

/// The lines of each family. A family has to be one block of text, whatever number of objects it speaks of.
using Lines = std::map<const SeriesName*, std::string>;

class Samples {
 public:
  /// `labels` in the order of the name's; `value` is a number. The same series a second time replaces the first.
  void set(const SeriesName& name, std::vector<std::string> labels, double value);
  /// Sorted within a family.
  Lines lines() const;

 private:
  std::map<const SeriesName*, std::map<std::vector<std::string>, double>> values_;
};

/// What comes before the lines of a family.
std::string heading(const SeriesName& name, std::string_view type = "gauge");

}  // namespace certsync::metrics
