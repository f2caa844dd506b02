// Offsets from UTC by the tz database of the system (package tzdata). It is read once, from disk, when a zone other
// than UTC is first asked for; nothing is ever downloaded.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace date {
class time_zone;
}

namespace certsync::plan {

/// From `begin` to before `end` local time is UTC + offset.
struct OffsetSpan {
  std::chrono::sys_seconds begin;
  std::chrono::sys_seconds end;
  std::chrono::seconds offset;
};

/// Thread-safe. Relies on zone files that list their transitions (zic -b fat, as Debian builds them, up to 2037): the
/// library ignores the rule at their end that describes later ones, https://github.com/HowardHinnant/date/issues/794.
class TimeZone {
 public:
  /// UTC.
  TimeZone() = default;
  /// A name of the database, as it is spelled there. UTC is known without one.
  static std::optional<TimeZone> find(std::string_view name);

  OffsetSpan at(std::chrono::sys_seconds time) const;

 private:
  /// Owned by the database, which lives as long as the process. None: UTC.
  const date::time_zone* zone_ = nullptr;
};

}  // namespace certsync::plan
