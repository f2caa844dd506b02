// When deploy windows are open. Pure, but for the tz database (plan/time_zone.h). A list without windows is always
// open; windows that overlap or follow each other without a pause are one. When clocks are put forward, what was to
// open in the hour that is left out opens at its end; when they are put back, what falls into the hour that comes twice
// opens the first time only. A window that cannot be read (codec refuses it) never opens.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "model/deploy_windows.h"

namespace certsync::plan {

/// How far ahead an opening is looked for: five years, so that 29 February is found.
inline constexpr std::chrono::hours kFarthestOpening{24 * 366 * 5};

bool is_open(const model::DeployWindows& windows, TimePoint now);

/// `now` itself when they are open, else the whole minute at which they open next. Nothing: not before `now` +
/// kFarthestOpening.
std::optional<TimePoint> next_open(const model::DeployWindows& windows, TimePoint now);
/// The same of a moment at which both are open, before `until`. Takes time in proportion to the days searched, whatever
/// the schedules: some 30 ms for 16 windows on each side that never meet within five years.
std::optional<TimePoint> next_open(const model::DeployWindows& one, const model::DeployWindows& other, TimePoint now,
                                   TimePoint until);

}  // namespace certsync::plan
