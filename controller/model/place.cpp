#include "model/place.h"

#include <algorithm>
#include <cctype>

namespace certsync::model {
namespace {

/// "https://Edge.example:443" and "https://edge.example" are one.
std::string comparable_endpoint(std::string endpoint) {
  std::transform(endpoint.begin(), endpoint.end(), endpoint.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::string_view kUsual = ":443";
  if (endpoint.ends_with(kUsual)) endpoint.resize(endpoint.size() - kUsual.size());
  return endpoint;
}

}  // namespace

bool same_place(const ApplianceSpec& one, const ApplianceSpec& other) {
  if (one.partition != other.partition) return false;
  return std::any_of(one.endpoints.begin(), one.endpoints.end(), [&](const std::string& mine) {
    return std::any_of(other.endpoints.begin(), other.endpoints.end(), [&](const std::string& theirs) {
      return comparable_endpoint(mine) == comparable_endpoint(theirs);
    });
  });
}

}  // namespace certsync::model
