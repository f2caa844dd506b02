// Times as text. Kubernetes writes RFC 3339 in UTC with whole seconds (metav1.Time).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace certsync {

/// The time so long after 1970, or the first or last whole second that a TimePoint in nanoseconds can hold, in 1677 and
/// 2262: certificates that never end say the year 9999.
TimePoint nearest_time(std::chrono::seconds since_epoch);

/// "2026-11-23T03:00:00Z"
std::string to_rfc3339(TimePoint time);
/// Beyond what a TimePoint can hold: the nearest one.
std::optional<TimePoint> from_rfc3339(std::string_view text);

/// Go's duration syntax as the Kubernetes fields use it: "30s", "10m", "1h30m", "500ms". Nothing else, no sign.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest such text: "1h30m", "30s", "0s".
std::string to_duration_text(std::chrono::milliseconds duration);

/// Unix seconds, for metrics.
double to_unix_seconds(TimePoint time);

}  // namespace certsync
