#include <algorithm>

#include "scenarios/story.h"
#include <yaml-cpp/yaml.h>

#include "support/places.h"

namespace scenarios {

std::vector<std::filesystem::path> story_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(support::source_tree() / "tests/scenarios/stories")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::filesystem::path> crash_story_files() {
  auto files = story_files();
  std::erase_if(files, [](const auto& file) { return YAML::LoadFile(file.string())["no_crashes"].IsDefined(); });
  return files;
}

}  // namespace scenarios
