// updatePolicy NewCertKey: each certificate has a certkey of its own, and the default slot is bound over. The ones
// before stay, so that the way back is one binding away, until they are unused and expired.
#include <algorithm>

#include "plan/planner.h"

namespace certsync::plan {
namespace {

using model::InstalledBinding;
using model::InstalledCertKey;

bool is_bound(const Planner& planner, const std::string& certkey) {
  return std::any_of(planner.outlook.bindings.begin(), planner.outlook.bindings.end(),
                     [&](const auto& binding) { return binding.certkey == certkey; });
}

// A certificate of another key type has another default slot: the old one is not bound over and has to be unbound, once
// the new one is there.
void unbind_replaced(Planner& planner, const WantedCertKey& wanted, const InstalledCertKey& old) {
  for (const auto& spec : wanted.sync->spec.bindings) {
    const InstalledBinding before{spec.target, old.name, false, false};
    const InstalledBinding now{spec.target, wanted.name, false, false};
    if (spec.role != model::Role::Default || planner.outlook.bindings.count(before) == 0) continue;
    const bool ours = wanted.bound_before.count(binding_key(spec.target, spec.role)) != 0;
    if (!ours || planner.outlook.bindings.count(now) == 0) continue;
    planner.changes.push_back(
        {Unbind{spec.target, old.name, spec.role}, wanted.name, wanted.ref(), {to_text(spec.target)}});
    planner.outlook.bindings.erase(before);
  }
}

// A slot that the spec no longer names, while an earlier version is bound there.
void unbind_given_up(Planner& planner, const WantedCertKey& wanted, const InstalledCertKey& old) {
  const std::set<InstalledBinding> bindings = planner.outlook.bindings;
  for (const auto& binding : bindings) {
    if (binding.certkey != old.name || binding.sni || binding.ca) continue;
    const auto& named = wanted.sync->spec.bindings;
    const bool still =
        std::any_of(named.begin(), named.end(), [&](const auto& spec) { return spec.target == binding.target; });
    if (still || wanted.bound_before.count(binding_key(binding.target, model::Role::Default)) == 0) continue;
    planner.changes.push_back(
        {Unbind{binding.target, old.name, model::Role::Default}, wanted.name, wanted.ref(), {to_text(binding.target)}});
    planner.outlook.bindings.erase(binding);
  }
}

void drop_expired(Planner& planner, const WantedCertKey& wanted, const InstalledCertKey& old) {
  const bool over = old.expired && old.not_after && *old.not_after <= planner.wanted.now;
  const bool linked = std::any_of(planner.outlook.links.begin(), planner.outlook.links.end(),
                                  [&](const auto& link) { return link.second == old.name; });
  if (!over || linked || is_bound(planner, old.name)) return;
  if (planner.outlook.links.erase(old.name) != 0) {
    planner.changes.push_back({Unlink{old.name}, old.name, wanted.ref(), {}});
  }
  planner.changes.push_back({DeleteCertKey{old.name}, old.name, wanted.ref(), {}});
  planner.outlook.certkeys.erase(old.name);
  planner.outlook.release(old.cert_file);
  planner.outlook.release(old.key_file);
}

}  // namespace

void plan_versions(Planner& planner, const WantedCertKey& wanted) {
  if (wanted.sync->spec.update_policy != model::UpdatePolicy::NewCertKey) return;
  const auto own = planner.by_resource.find(model::resource_mark(wanted.ref()));
  if (own == planner.by_resource.end()) return;
  for (const auto* old : own->second) {
    if (old->name == wanted.name || planner.by_name.count(old->name) != 0 || !is_version_of(old->name, wanted)) {
      continue;
    }
    unbind_replaced(planner, wanted, *old);
    unbind_given_up(planner, wanted, *old);
    drop_expired(planner, wanted, *old);
  }
}

}  // namespace certsync::plan
