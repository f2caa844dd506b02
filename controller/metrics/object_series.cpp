#include "metrics/object_series.h"

namespace certsync::metrics {

void ObjectSeries::replace(const Object& object, const Samples& samples, const std::vector<const SeriesName*>& kept) {
  auto lines = samples.lines();
  objects_.with([&](auto& objects) {
    auto& known = objects[object];
    for (const auto* name : kept) {
      if (const auto before = known.find(name); before != known.end()) lines.insert(*before);
    }
    known = std::move(lines);
  });
}

void ObjectSeries::forget(const Object& object) {
  objects_.with([&](auto& objects) { objects.erase(object); });
}

std::string ObjectSeries::text() const {
  return objects_.with([](const auto& objects) {
    std::map<const SeriesName*, std::vector<const std::string*>> families;
    std::size_t size = 0;
    for (const auto& [object, lines] : objects) {
      for (const auto& [name, text] : lines) {
        families[name].push_back(&text);
        size += text.size();
      }
    }
    std::string all;
    all.reserve(size + families.size() * 512);
    for (const auto& [name, blocks] : families) {
      all += heading(*name);
      for (const auto* block : blocks)
        all += *block;
    }
    return all;
  });
}

}  // namespace certsync::metrics
