#include "plan/mend.h"

#include <algorithm>

namespace certsync::plan {
namespace {

std::set<std::string> updated_certkeys(const std::vector<Step>& done) {
  std::set<std::string> names;
  for (const auto& step : done) {
    if (const auto* update = std::get_if<UpdateCertKey>(&step.action)) names.insert(update->certkey);
  }
  return names;
}

std::set<model::InstalledBinding> unbound_by_us(const std::vector<Step>& done) {
  std::set<model::InstalledBinding> bindings;
  for (const auto& step : done) {
    if (const auto* unbind = std::get_if<Unbind>(&step.action)) {
      bindings.insert({unbind->target, unbind->certkey, unbind->role == model::Role::Sni, false});
    }
  }
  return bindings;
}

// A default binding that we bound over is not lost.
bool bound_over(const std::vector<Step>& done, const model::InstalledBinding& lost) {
  return !lost.sni && std::any_of(done.begin(), done.end(), [&](const Step& step) {
    const auto* bind = std::get_if<Bind>(&step.action);
    return bind != nullptr && bind->role == model::Role::Default && bind->target == lost.target;
  });
}

}  // namespace

std::vector<Step> mend(const model::ApplianceState& before, const model::ApplianceState& after,
                       const std::vector<Step>& done) {
  std::vector<Step> steps;
  const auto updated = updated_certkeys(done);
  if (updated.empty()) return steps;
  const auto ours = unbound_by_us(done);
  std::set<model::Target> servers;
  for (const auto& binding : before.bindings) {
    if (updated.count(binding.certkey) != 0) servers.insert(binding.target);
  }
  for (const auto& binding : before.bindings) {
    const bool near = updated.count(binding.certkey) != 0 || (binding.sni && servers.count(binding.target) != 0);
    if (!near || binding.ca || after.bindings.count(binding) != 0 || ours.count(binding) != 0) continue;
    if (after.certkeys.count(binding.certkey) == 0 || bound_over(done, binding)) continue;
    steps.push_back({Bind{binding.target, binding.certkey, binding.sni ? model::Role::Sni : model::Role::Default},
                     binding.certkey,
                     {},
                     {}});
  }
  return steps;
}

std::vector<Step> relink(const model::ApplianceState& before, const std::vector<Step>& done,
                         const std::set<std::string>& failed) {
  std::vector<Step> steps;
  for (const auto& step : done) {
    const auto* unlink = std::get_if<Unlink>(&step.action);
    if (unlink == nullptr || failed.count(step.group) == 0) continue;
    const auto installed = before.certkeys.find(unlink->certkey);
    if (installed == before.certkeys.end() || before.certkeys.count(installed->second.link) == 0) continue;
    const bool over = std::any_of(done.begin(), done.end(), [&](const Step& other) {
      const auto* link = std::get_if<Link>(&other.action);
      const auto* update = std::get_if<UpdateCertKey>(&other.action);
      const auto* gone = std::get_if<DeleteCertKey>(&other.action);
      return (link != nullptr && link->certkey == unlink->certkey) ||
             (update != nullptr && update->certkey == unlink->certkey) ||
             (gone != nullptr && gone->certkey == unlink->certkey);
    });
    if (!over) steps.push_back({Link{unlink->certkey, installed->second.link}, step.group, step.sync, {}});
  }
  return steps;
}

}  // namespace certsync::plan
