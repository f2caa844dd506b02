// May an update that cuts live connections happen now, and if not, when? Deploy windows say so, and the certificate
// that is installed: before it ends, windows no longer count. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "model/deploy_windows.h"

namespace certsync::plan {

enum class DeployVerdict {
  Allowed,         // both are open, or deploy-now was asked for
  WaitUntil,       // wait until `at`
  UrgentOverride,  // go: the installed certificate ends too soon to wait
  Unsatisfiable,   // WindowUnsatisfiable: no window opens before it ends; wait until `at`, where urgency begins
};

struct DeployDecision {
  DeployVerdict verdict = DeployVerdict::Allowed;
  /// Of WaitUntil and Unsatisfiable: when to ask again. Later than now, never later than urgency begins.
  std::optional<TimePoint> at;
  /// For people, times in RFC 3339. Empty when the windows were open.
  std::string message;

  bool go() const { return verdict == DeployVerdict::Allowed || verdict == DeployVerdict::UrgentOverride; }
};

/// Must not outlive what it refers to.
struct PendingUpdate {
  const model::DeployWindows& appliance;
  const model::DeployWindows& resource;
  /// When the installed certificate ends. Not known: urgent.
  std::optional<TimePoint> not_after;
  /// The annotation deploy-now has a value that was not honoured yet.
  bool deploy_now = false;
};

/// The larger of both; nothing said and no windows: zero.
std::chrono::milliseconds urgent_before(const model::DeployWindows& appliance, const model::DeployWindows& resource);

DeployDecision decide(const PendingUpdate& update, TimePoint now);

}  // namespace certsync::plan
