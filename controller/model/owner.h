// Whose marks are ours: the present owner id, and those of installations that this one has taken the place of.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace certsync::model {

/// Marks, as owner_mark() makes them of owner ids.
struct Owner {
  /// What new files carry.
  std::string mark;
  /// Ours too: kept as they are, and rewritten under the present mark with the next renewal.
  std::set<std::string> former;

  bool includes(std::string_view other) const { return other == mark || former.count(std::string(other)) != 0; }
};

}  // namespace certsync::model
