// Times as text. Kubernetes writes RFC 3339 in UTC with whole seconds (metav1.Time).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace certsync {

/// "2026-11-23T03:00:00Z"
std::string to_rfc3339(TimePoint time);
std::optional<TimePoint> from_rfc3339(std::string_view text);

/// Go's duration syntax as the Kubernetes fields use it: "30s", "10m", "1h30m", "500ms". Nothing else, no sign.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest such text: "1h30m", "30s", "0s".
std::string to_duration_text(std::chrono::milliseconds duration);

/// Unix seconds, for metrics.
double to_unix_seconds(TimePoint time);

}  // namespace certsync
