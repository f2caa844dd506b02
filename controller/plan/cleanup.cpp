// What is left behind: intermediates of ours that nobody links to, files of ours that no certkey uses (replaced ones,
// and those of an upload that a crash cut off).
#include <algorithm>

#include "plan/planner.h"

namespace certsync::plan {
namespace {

bool linked_to(const Planner& planner, const std::string& certkey) {
  return std::any_of(planner.outlook.links.begin(), planner.outlook.links.end(),
                     [&](const auto& link) { return link.second == certkey; });
}

bool bound(const Planner& planner, const std::string& certkey) {
  return std::any_of(planner.outlook.bindings.begin(), planner.outlook.bindings.end(),
                     [&](const auto& binding) { return binding.certkey == certkey; });
}

bool unused_intermediate(const Planner& planner, const model::InstalledCertKey& certkey) {
  if (!certkey.name.starts_with(model::kIntermediatePrefix) || planner.outlook.certkeys.count(certkey.name) == 0)
    return false;
  const auto mark = our_mark(planner, certkey);
  return mark && mark->shared() && planner.wanted_intermediates.count(certkey.name) == 0 &&
         !linked_to(planner, certkey.name) && !bound(planner, certkey.name);
}

void drop(Planner& planner, const model::InstalledCertKey& certkey) {
  if (planner.outlook.links.erase(certkey.name) != 0) {
    planner.plan.cleanup.push_back({Unlink{certkey.name}, certkey.name, {}, {}});
  }
  planner.plan.cleanup.push_back({DeleteCertKey{certkey.name}, certkey.name, {}, {}});
  planner.outlook.certkeys.erase(certkey.name);
  planner.outlook.release(certkey.cert_file);
}

// A chain of unused ones goes from the leaf's end upwards; each round frees the next.
void drop_unused_intermediates(Planner& planner) {
  for (std::size_t round = 0; round <= planner.seen.certkeys.size(); ++round) {
    bool dropped = false;
    for (const auto& [name, certkey] : planner.seen.certkeys) {
      if (!unused_intermediate(planner, certkey)) continue;
      drop(planner, certkey);
      dropped = true;
    }
    if (!dropped) return;
  }
}

void retire_files(Planner& planner) {
  for (const auto& [file, size] : planner.seen.files) {
    const auto mark = model::parse_file_name(file);
    if (!mark || !planner.wanted.owner.includes(mark->owner) || planner.outlook.uses(file)) continue;
    // A resource in trouble may need its files: to prove that a certkey is its own, or for the next try.
    if (!mark->shared() && planner.troubled_marks.count(mark->resource) != 0) continue;
    if (!mark->shared() && !planner.wanted.complete && planner.wanted.living.count(mark->resource) == 0) continue;
    planner.plan.retire.push_back({DeleteFile{file}, file, {}, {}});
  }
}

}  // namespace

void plan_cleanup(Planner& planner) {
  drop_unused_intermediates(planner);
  retire_files(planner);
}

}  // namespace certsync::plan
