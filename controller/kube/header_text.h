// What may stand in a header: tokens and names of those who are impersonated come from files.
#pragma once

#include <algorithm>
#include <string_view>

namespace certsync::kube {

/// A line break would begin another header.
inline bool fits_header(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7F; });
}

}  // namespace certsync::kube
