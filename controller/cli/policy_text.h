// Command policies and the account that gets them, as people type them and programs send them. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/command_policy.h"

namespace certsync::cli {

struct AccountPolicy {
  /// That need the same; empty = nobody was asked.
  std::vector<std::string> appliances;
  std::string partition;
  std::vector<CommandPolicy> policies;
};

enum class PolicyOutput { Cli, Nitro, Json };

/// `username`: of the account that is made. docs/commands.md describes the JSON.
std::string to_text(const std::vector<AccountPolicy>& accounts, const std::string& username, PolicyOutput output);

/// "cli", "nitro", "json"
PolicyOutput policy_output(std::string_view word);

}  // namespace certsync::cli
