// The process_* series, read from /proc/self at each scrape.
#pragma once

#include <string>

namespace certsync::metrics {

/// Thread-safe. What cannot be read is left out.
std::string process_series();

}  // namespace certsync::metrics
