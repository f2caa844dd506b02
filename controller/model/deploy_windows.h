// spec.deployWindows: when steps may happen that cut live connections, as every update of a certificate does.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace certsync::model {

/// One window that opens again and again.
struct DeployWindow {
  /// When it opens, as crontab(5) writes it: minute, hour, day of month, month, day of week.
  std::string schedule;
  /// How long it stays open, in elapsed time: clocks that are put forward or back do not change it.
  std::chrono::milliseconds duration{};
  /// Of the schedule; a name of the tz database.
  std::string time_zone = "UTC";

  bool operator==(const DeployWindow&) const = default;
};

struct DeployWindows {
  /// Open is when one of them is. None = always open.
  std::vector<DeployWindow> windows;
  /// A certificate that ends within this time waits for no window.
  std::optional<std::chrono::milliseconds> urgent_before;

  bool operator==(const DeployWindows&) const = default;
};

/// What urgent_before is, where it is not given, as soon as there are windows.
inline constexpr std::chrono::hours kDefaultUrgentBefore{72};

}  // namespace certsync::model
