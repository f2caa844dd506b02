#include "plan/rollback.h"

#include <algorithm>

namespace certsync::plan {
namespace {

bool was_updated(const WantedCertKey& wanted, const std::vector<Step>& done) {
  return std::any_of(done.begin(), done.end(), [&](const Step& step) {
    const auto* update = std::get_if<UpdateCertKey>(&step.action);
    return update != nullptr && update->certkey == wanted.name;
  });
}

// The links first, as for every update: one that does not fit would be broken by it (1587).
void restore_certkey(const WantedCertKey& wanted, const model::InstalledCertKey& old, const model::ApplianceState& now,
                     std::vector<Step>& steps) {
  const auto add = [&](Action action, std::vector<std::string> disturbs = {}) {
    steps.push_back({std::move(action), wanted.name, wanted.ref(), std::move(disturbs)});
  };
  const auto present = now.certkeys.find(wanted.name);
  const std::string link = present == now.certkeys.end() ? "" : present->second.link;
  if (!link.empty() && link != old.link) add(Unlink{wanted.name});
  std::set<std::string> disturbed;
  for (const auto& binding : now.bindings) {
    if (binding.certkey == wanted.name && !binding.ca) disturbed.insert(to_text(binding.target));
  }
  add(UpdateCertKey{wanted.name, old.cert_file, old.key_file, false, old.fips_key},
      {disturbed.begin(), disturbed.end()});
  if (!old.link.empty() && link != old.link && now.certkeys.count(old.link) != 0) add(Link{wanted.name, old.link});
}

// The default certificates that this change displaced: bound over, or unbound since their key type was another.
void restore_slots(const WantedCertKey& wanted, const model::ApplianceState& before, const model::ApplianceState& now,
                   const std::vector<Step>& done, std::vector<Step>& steps) {
  for (const auto& step : done) {
    const auto* bind = std::get_if<Bind>(&step.action);
    if (bind == nullptr || bind->certkey != wanted.name || bind->role != model::Role::Default) continue;
    for (const auto& old : before.bindings) {
      const bool displaced = old.target == bind->target && !old.sni && !old.ca && now.bindings.count(old) == 0 &&
                             now.certkeys.count(old.certkey) != 0;
      if (!displaced) continue;
      steps.push_back(
          {Bind{old.target, old.certkey, model::Role::Default}, wanted.name, wanted.ref(), {to_text(old.target)}});
      const bool unbound = std::any_of(done.begin(), done.end(), [&](const Step& other) {
        const auto* unbind = std::get_if<Unbind>(&other.action);
        return unbind != nullptr && unbind->target == old.target && unbind->certkey == old.certkey;
      });
      // Of another key type, so that it did not give way to the old one by itself.
      if (unbound) {
        steps.push_back(
            {Unbind{old.target, wanted.name, model::Role::Default}, wanted.name, wanted.ref(), {to_text(old.target)}});
      }
    }
  }
}

}  // namespace

std::vector<Step> roll_back(const WantedCertKey& wanted, const model::ApplianceState& before,
                            const model::ApplianceState& now, const std::vector<Step>& done) {
  std::vector<Step> steps;
  const auto old = before.certkeys.find(wanted.name);
  const bool passphrase_lost = wanted.encrypted_key;
  if (old != before.certkeys.end() && was_updated(wanted, done) && !passphrase_lost)
    restore_certkey(wanted, old->second, now, steps);
  restore_slots(wanted, before, now, done, steps);
  return steps;
}

}  // namespace certsync::plan
