#include "plan/deploy_time.h"

#include <algorithm>

#include "base/time_text.h"
#include "plan/windows.h"

namespace certsync::plan {
namespace {

using std::chrono::milliseconds;

milliseconds urgent_before(const model::DeployWindows& windows) {
  const milliseconds unsaid = windows.windows.empty() ? milliseconds(0) : milliseconds(model::kDefaultUrgentBefore);
  return windows.urgent_before.value_or(unsaid);
}

std::string in_brackets(milliseconds urgent) {
  return "urgentBefore (" + to_duration_text(urgent) + ")";
}

DeployDecision urgent_override(std::optional<TimePoint> not_after, milliseconds urgent, TimePoint now) {
  std::string why = "it is not known when the installed certificate ends";
  if (not_after) {
    why = *not_after <= now
              ? "the installed certificate ended at " + to_rfc3339(*not_after)
              : "the installed certificate ends at " + to_rfc3339(*not_after) + ", within " + in_brackets(urgent);
  }
  return {DeployVerdict::UrgentOverride, std::nullopt, why + ": no deploy window is waited for"};
}

std::string who_is_closed(const PendingUpdate& update, TimePoint now, TimePoint until) {
  if (!next_open(update.appliance, {}, now, until)) return "the windows of the appliance do not open until then";
  if (!next_open(update.resource, {}, now, until)) return "the windows of the resource do not open until then";
  return "the windows of the appliance and those of the resource are not open at the same time until then";
}

DeployDecision unsatisfiable(const PendingUpdate& update, milliseconds urgent, TimePoint now, TimePoint until) {
  const TimePoint at = *update.not_after - urgent;
  const std::string when = until < *update.not_after
                               ? "within five years"
                               : "before the installed certificate ends at " + to_rfc3339(*update.not_after);
  return {DeployVerdict::Unsatisfiable, at,
          "no deploy window opens " + when + ": " + who_is_closed(update, now, until) +
              ". Mend spec.deployWindows, or ask for deploy-now; otherwise it is deployed without a window at " +
              to_rfc3339(at) + ", " + in_brackets(urgent) + " before that end"};
}

}  // namespace

milliseconds urgent_before(const model::DeployWindows& appliance, const model::DeployWindows& resource) {
  return std::max(urgent_before(appliance), urgent_before(resource));
}

DeployDecision decide(const PendingUpdate& update, TimePoint now) {
  if (is_open(update.appliance, now) && is_open(update.resource, now)) return {};
  if (update.deploy_now) {
    return {DeployVerdict::Allowed, std::nullopt, "deploy-now was asked for: no deploy window is waited for"};
  }
  const auto urgent = urgent_before(update.appliance, update.resource);
  const auto& not_after = update.not_after;
  if (!not_after || *not_after - now <= urgent) return urgent_override(not_after, urgent, now);
  const TimePoint until = std::min(*not_after, now + kFarthestOpening);
  const auto opening = next_open(update.appliance, update.resource, now, until);
  if (!opening) return unsatisfiable(update, urgent, now, until);
  const TimePoint urgent_at = *not_after - urgent;
  if (*opening <= urgent_at) {
    return {DeployVerdict::WaitUntil, opening, "waits for the deploy window that opens at " + to_rfc3339(*opening)};
  }
  return {DeployVerdict::WaitUntil, urgent_at,
          "waits until " + to_rfc3339(urgent_at) + ", " + in_brackets(urgent) +
              " before the installed certificate ends: the next deploy window opens only at " + to_rfc3339(*opening)};
}

}  // namespace certsync::plan
