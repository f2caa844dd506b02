// Each story again and again, harmed at another place each time.
#include "scenarios/harm.h"
#include "scenarios/story.h"
#include "scenarios/troubles.h"

#include "support/sanitized.h"

namespace scenarios {

std::string tell_with_crashes(const std::filesystem::path& file, int& runs) {
  const auto certificates = std::make_shared<StoryPki>();
  Counts counts;
  const std::string wanted = end_state(file, certificates, {}, counts);
  for (int number = 1; number <= counts.writes; number += support::every(3)) {
    for (const KillMoment moment : {KillMoment::Before, KillMoment::AfterApplied, KillMoment::AfterAnswer}) {
      Counts ignored;
      const std::string found = end_state(file, certificates, {number, moment}, ignored);
      ++runs;
      if (found != wanted) {
        return "killed at write " + std::to_string(number) + ", moment " + std::to_string(static_cast<int>(moment)) +
               "\nwanted:\n" + wanted + "found:\n" + found;
      }
    }
  }
  return "";
}

std::string tell_with_troubles(const std::filesystem::path& file, const support::Campaign& campaign, int& runs) {
  constexpr int kSample = 2;
  const auto certificates = std::make_shared<StoryPki>();
  Counts counts;
  const std::string wanted = end_state(file, certificates, {}, counts);
  std::string wrong;
  int number = 0;
  for (const auto& trouble : troubles()) {
    if (number++ % support::every(6) != 0) continue;
    for (const auto& [box, requests] : counts.requests) {
      for (const int at : campaign.pick(requests, kSample, file.stem().string() + trouble.name + box)) {
        Harm harm{0, KillMoment::Before, box, trouble.rule};
        harm.fault.at = at;
        Counts ignored;
        const std::string found = end_state(file, certificates, harm, ignored);
        ++runs;
        if (found == wanted) continue;
        wrong += trouble.name + " at request " + std::to_string(at) + " of " + box + "\n";
        if (wrong.find("wanted:") == std::string::npos) wrong += "wanted:\n" + wanted + "found:\n" + found;
      }
    }
  }
  return wrong;
}

}  // namespace scenarios
