// metav1.MicroTime: RFC 3339 in UTC with six digits of a second, as Leases and Events want it.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/time_text.h"

namespace certsync::kube {

/// "2026-11-24T03:00:00.000123Z"
inline std::string to_micro_time(TimePoint time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time - whole).count();
  std::string digits = std::to_string(micros);
  digits.insert(0, 6 - digits.size(), '0');
  std::string text = to_rfc3339(whole);
  text.pop_back();
  return text + "." + digits + "Z";
}

}  // namespace certsync::kube
