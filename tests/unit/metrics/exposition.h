// The lines of an exposition that a case is about.
#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace certsync::metrics::test {

/// The series of exactly this name, sorted.
inline std::string lines_of(const std::string& exposition, const std::string& name) {
  std::vector<std::string> found;
  std::istringstream lines(exposition);
  for (std::string line; std::getline(lines, line);) {
    const auto rest = line.rfind(name, 0) == 0 ? line.substr(name.size(), 1) : "";
    if (rest == "{" || rest == " ") found.push_back(line);
  }
  std::sort(found.begin(), found.end());
  std::string text;
  for (const auto& line : found) {
    text += line + "\n";
  }
  return text;
}

inline bool has_line(const std::string& exposition, const std::string& line) {
  return ("\n" + exposition).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace certsync::metrics::test
