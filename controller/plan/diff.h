// Wanted against seen: the ordered plan for one appliance. Pure.
//
//   uploads ─▶ new intermediates ─▶ per certkey: [unlink] add|update [link] [monitor] [bind] ─▶ unbind, removals
//   then, after the verdict: cleanup (unused intermediates) ─▶ save ─▶ retire (replaced files)
//
// All uploads come first, so that on an HA pair one sync of files serves them all.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/appliance_state.h"
#include "plan/desired.h"
#include "plan/step.h"

namespace certsync::plan {

struct Plan {
  std::vector<Step> steps;
  /// Certkeys of ours that nobody links to any more: after the verdict, before the save.
  std::vector<Step> cleanup;
  /// Files of ours that no certkey uses: after the save.
  std::vector<Step> retire;
  std::vector<Problem> problems;
  std::vector<Notice> notices;
  /// The wanted certkeys that this plan leads to (those without a claim are left out).
  std::vector<WantedCertKey> certkeys;

  bool empty() const { return steps.empty() && cleanup.empty() && retire.empty(); }
};

Plan diff(const Wanted& wanted, const model::ApplianceState& seen);

/// Certkeys with a person's name whose file has to be read before diff can tell whether they are one of the wanted
/// intermediates. None in the normal case.
std::vector<std::string> foreign_candidates(const Wanted& wanted, const model::ApplianceState& seen);

}  // namespace certsync::plan
