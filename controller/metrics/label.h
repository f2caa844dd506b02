// Label values from outside (an appliance's certkey names) as Prometheus takes them.
#pragma once

#include <string>
#include <string_view>

namespace certsync::metrics {

/// Valid UTF-8, at most 256 bytes. One broken value would make Prometheus throw away the whole scrape.
std::string to_label(std::string_view value);

}  // namespace certsync::metrics
