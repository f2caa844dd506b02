// What a check found, as people and programs read it. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/check.h"
#include "cli/table.h"

namespace certsync::cli {

enum class CheckOutput { Words, Json };

/// docs/commands.md describes the JSON.
std::string to_text(const std::vector<ApplianceReport>& reports, CheckOutput output, const Terminal& terminal);

}  // namespace certsync::cli
