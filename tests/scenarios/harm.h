// A story that is harmed once: what the campaigns are made of.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "scenarios/story_pki.h"
#include "scenarios/world.h"

namespace scenarios {

struct Harm {
  /// The write at which the operator dies; 0 = it lives.
  int kill_at = 0;
  KillMoment moment = KillMoment::Before;
  /// Where the fault strikes; empty = nowhere.
  std::string box = {};
  sim::FaultRule fault = {};
  /// Whether in the end the pairs' own daemons have brought files and configuration to the other node, as they do where
  /// a file sync was refused.
  bool daemons = false;
};

struct Counts {
  int writes = 0;
  /// By box.
  std::map<std::string, int> requests = {};
};

/// What stands on the appliances when all deeds are done and all is settled. `counts`: of the whole story.
std::string end_state(const std::filesystem::path& file, const std::shared_ptr<StoryPki>& certificates,
                      const Harm& harm, Counts& counts);

}  // namespace scenarios
