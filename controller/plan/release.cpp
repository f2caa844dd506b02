#include "plan/release.h"

#include "base/time_text.h"

namespace certsync::plan {
namespace {

using model::CertSync;

bool may_go_at_once(const CertSync& sync) {
  const auto found = sync.meta.annotations.find(model::kLetGo);
  return found != sync.meta.annotations.end() && found->second == "true";
}

/// Why the appliance is not waited for though something may be left there; empty = it is waited for.
std::string why_not_wait(const CertSync& sync, const ReleaseTarget& target, TimePoint now) {
  if (target.gone) return "there is no NetScalerAppliance " + target.appliance + " any more";
  if (target.forbidden) return "its spec.grants do not allow to take it away";
  if (may_go_at_once(sync)) return std::string("annotation ") + model::kLetGo + " asked not to wait";
  if (target.unreachable && sync.meta.deleted_at && now - *sync.meta.deleted_at >= target.timeout) {
    return "it could not be reached, and its spec.deletionTimeout (" + to_duration_text(target.timeout) + ") is over";
  }
  return "";
}

std::string what_stays(const CertSync& sync, const std::string& appliance) {
  std::string certkeys;
  for (const auto& target : sync.status.appliances) {
    if (target.name != appliance) continue;
    for (const auto& certkey : target.certkeys)
      certkeys += (certkeys.empty() ? "" : ", ") + certkey;
  }
  std::string bindings;
  for (const auto& entry : sync.status.bound_to) {
    if (entry.starts_with(appliance + "/"))
      bindings += (bindings.empty() ? "" : ", ") + entry.substr(appliance.size() + 1);
  }
  if (certkeys.empty() && bindings.empty()) return "whatever was deployed there stays";
  return (certkeys.empty() ? "" : "certkeys " + certkeys) + (certkeys.empty() || bindings.empty() ? "" : ", ") +
         (bindings.empty() ? "" : "bindings " + bindings) + " stay";
}

}  // namespace

Release release(const CertSync& sync, const std::vector<ReleaseTarget>& targets, TimePoint now) {
  if (sync.spec.deletion_policy == model::DeletionPolicy::Retain) return {true, {}};
  Release release{true, {}};
  for (const auto& target : targets) {
    if (target.removed) continue;
    const std::string why = why_not_wait(sync, target, now);
    if (why.empty()) return {false, {}};
    release.left.push_back({target.appliance, what_stays(sync, target.appliance) + ": " + why});
  }
  return release;
}

}  // namespace certsync::plan
