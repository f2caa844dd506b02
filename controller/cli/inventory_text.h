// An inventory as people and programs read it. Pure.
#pragma once

#include <string>

#include "cli/inventory.h"
#include "cli/table.h"

namespace certsync::cli {

enum class Output { Table, Wide, Json, Csv };

/// docs/commands.md describes the JSON and the columns of the CSV.
std::string to_text(const Inventory& inventory, Output output, const Terminal& terminal);

}  // namespace certsync::cli
