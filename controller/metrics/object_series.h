// Gauges that say what objects are like, kept per object as the text that is shown: a series cannot outlive its object
// or the certificate it was about, and a scrape of many thousands costs no more than copying them.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/locked.h"
#include "metrics/samples.h"

namespace certsync::metrics {

/// Thread-safe.
class ObjectSeries {
 public:
  enum class Kind { CertSync, Appliance, Ownership };
  using Object = std::pair<Kind, std::string>;

  /// Everything that was said of the object before is gone, except that what is named in `kept` stays where `samples`
  /// lacks it.
  void replace(const Object& object, const Samples& samples, const std::vector<const SeriesName*>& kept = {});
  void forget(const Object& object);

  std::string text() const;

 private:
  Locked<std::map<Object, Lines>> objects_;
};

}  // namespace certsync::metrics
