// Where a test finds the programs that were built with it and the files of this repository. Found at run time, so that
// the same sources give the same test program wherever they lie.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace support {

/// The program `name` that was built beside this one.
inline std::string program(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

/// The top of the source tree: what CERTSYNC_SOURCE_DIR names, else the nearest folder above this program that holds
/// the kinds.
inline std::filesystem::path source_tree() {
  // Nothing sets it after main() has begun.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  if (const char* named = std::getenv("CERTSYNC_SOURCE_DIR"); named != nullptr) return named;
  auto top = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  while (top.has_relative_path() && !std::filesystem::exists(top / "crds"))
    top = top.parent_path();
  return top;
}

}  // namespace support
