// When a resource that is being deleted may go, and what stays behind. Pure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "model/cert_sync.h"

namespace certsync::plan {

/// How its clean-up stands on one appliance that it names.
struct ReleaseTarget {
  std::string appliance;
  /// Nothing of the resource is left there.
  bool removed = false;
  /// There is no such NetScalerAppliance (any more).
  bool gone = false;
  /// No grant lets the resource take anything away (any more).
  bool forbidden = false;
  /// The last pass could not look at the appliance, or lost it on the way.
  bool unreachable = false;
  /// How long an unreachable appliance is waited for.
  std::chrono::milliseconds timeout{};
};

struct LeftBehind {
  std::string appliance;
  /// For people: what stays, and why.
  std::string note;
};

struct Release {
  /// No appliance is waited for any more.
  bool done = false;
  /// Empty until it is done.
  std::vector<LeftBehind> left;
};

/// `sync` with the last known status, which tells what it has where.
Release release(const model::CertSync& sync, const std::vector<ReleaseTarget>& targets, TimePoint now);

}  // namespace certsync::plan
