#include "model/place.h"

#include <algorithm>

#include "base/encoding.h"

namespace certsync::model {

std::string box_of(std::string_view endpoint) {
  constexpr std::string_view kScheme = "https://";
  std::string box = to_lower(endpoint);
  if (box.starts_with(kScheme)) box.erase(0, kScheme.size());
  box.resize(std::min(box.size(), box.find('/')));
  const auto bracket = box.find(']');
  const bool has_port = box.find(':', bracket == std::string::npos ? 0 : bracket) != std::string::npos;
  return has_port ? box : box + ":443";
}

std::string partition_of(const ApplianceSpec& spec) {
  return spec.partition == "default" ? "" : spec.partition;
}

bool same_place(const ApplianceSpec& one, const ApplianceSpec& other) {
  if (partition_of(one) != partition_of(other)) return false;
  return std::any_of(one.endpoints.begin(), one.endpoints.end(), [&](const std::string& mine) {
    return std::any_of(other.endpoints.begin(), other.endpoints.end(),
                       [&](const std::string& theirs) { return box_of(mine) == box_of(theirs); });
  });
}

}  // namespace certsync::model
