// A command of certsync that looks at a directory of manifests and ends.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "e2e/child.h"

#include "support/places.h"

namespace e2e {

struct Answer {
  int code = 0;
  /// stdout and stderr.
  std::string text;
};

/// certsync NAME --manifests FOLDER --owner-id e2e, and more.
inline Answer answer_of(const std::string& name, const std::filesystem::path& manifests,
                        const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {
      support::program("certsync"), name, "--manifests", manifests, "--owner-id", "e2e"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Child child(arguments);
  const int code = child.wait();
  return {code, child.output()};
}

}  // namespace e2e
