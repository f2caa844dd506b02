// Each story again and again, harmed at another place each time.
#include "scenarios/harm.h"
#include "scenarios/story.h"
#include "scenarios/troubles.h"

#include "support/sanitized.h"

namespace scenarios {
namespace {

void compare(const std::string& wanted, const std::string& found, const std::string& plan, Tellings& tellings) {
  ++tellings.plans;
  if (found == wanted) return;
  tellings.wrong += plan + "\n";
  // The whole of the first tells enough.
  if (tellings.differences++ == 0) tellings.wrong += "wanted:\n" + wanted + "found:\n" + found;
}

}  // namespace

Tellings tell_with_crashes(const std::filesystem::path& file) {
  const auto certificates = std::make_shared<StoryPki>();
  Counts counts;
  const std::string wanted = end_state(file, certificates, {}, counts);
  Tellings tellings;
  for (int number = 1; number <= counts.writes; number += support::every(3)) {
    for (const KillMoment moment : {KillMoment::Before, KillMoment::AfterApplied, KillMoment::AfterAnswer}) {
      Counts ignored;
      compare(wanted, end_state(file, certificates, {number, moment}, ignored),
              "killed at write " + std::to_string(number) + ", moment " + std::to_string(static_cast<int>(moment)),
              tellings);
    }
  }
  return tellings;
}

Tellings tell_with_troubles(const std::filesystem::path& file, const support::Campaign& campaign) {
  constexpr int kSample = 2;
  const auto certificates = std::make_shared<StoryPki>();
  Counts counts;
  Harm unharmed;
  unharmed.daemons = true;
  const std::string wanted = end_state(file, certificates, unharmed, counts);
  Tellings tellings;
  int number = 0;
  for (const auto& trouble : troubles()) {
    if (number++ % support::every(6) != 0) continue;
    for (const auto& [box, requests] : counts.requests) {
      for (const int at : campaign.pick(requests, kSample, file.stem().string() + trouble.name + box)) {
        Harm harm{0, KillMoment::Before, box, trouble.rule, true};
        harm.fault.at = at;
        Counts ignored;
        compare(wanted, end_state(file, certificates, harm, ignored),
                trouble.name + " at request " + std::to_string(at) + " of " + box, tellings);
      }
    }
  }
  return tellings;
}

}  // namespace scenarios
