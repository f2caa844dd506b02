#include "plan/time_zone.h"

#include <stdexcept>

#include <date/tz.h>

namespace certsync::plan {

std::optional<TimeZone> TimeZone::find(std::string_view name) {
  TimeZone found;
  if (name == "UTC") return found;
  // A link to whatever the machine is set to lies beside the zones. It would mean something else on each machine.
  if (name == "localtime") return std::nullopt;
  try {
    found.zone_ = date::locate_zone(name);
    // The file itself is read when it is first used.
    found.at({});
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
  return found;
}

OffsetSpan TimeZone::at(std::chrono::sys_seconds time) const {
  if (zone_ == nullptr) {
    using std::chrono::sys_days;
    using std::chrono::year;
    return {sys_days(year::min() / 1 / 1), sys_days(year::max() / 12 / 31), std::chrono::seconds(0)};
  }
  const auto info = zone_->get_info(time);
  return {info.begin, info.end, info.offset};
}

}  // namespace certsync::plan
