// What an appliance says of itself beside its configuration: its clock, its sessions, its disk. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace certsync::nitro {

/// Of the answer to nsconfig: `systemtime`, seconds since 1970 (netscaler/adc-nitro-go). Nothing where it is not told.
Result<std::optional<TimePoint>> read_system_time(const std::string& body);

/// Of the answer to systemsession.
struct SessionCount {
  /// Whose session asked; empty where the build does not mark it.
  std::string username;
  /// Of that account; of all accounts where it is not known.
  int open = 0;
};
Result<SessionCount> read_sessions(const std::string& body);

/// Of the answer to stat/system: disk 0, which is /flash, where /nsconfig lies (elastic/integrations, citrix_adc).
struct DiskUse {
  std::optional<int> percent;
  std::optional<long long> megabytes_left;
};
Result<DiskUse> read_disk(const std::string& body);

}  // namespace certsync::nitro
