// The flags of each command, as they are typed: what CLI11 fills before options.cpp makes sense of it.
#pragma once

#include <string>
#include <vector>

#include "app/options.h"

namespace CLI {
class App;
}

namespace certsync::app {

struct Raw {
  std::string once_timeout = "60s";
  /// Empty: info for run, warn for the others.
  std::string log_level;
  std::string log_format = "text";
  std::string metrics_certkeys = "all";
  std::string watch_namespaces;
  std::string former_owner_ids;
  std::vector<std::string> appliances;
  std::string expiring_within;
  std::string managed;
  std::string sort = "name";
  std::string output = "table";
  std::string plan_output = "words";
  std::string check_output = "words";
  std::string policy_output = "cli";
  std::vector<std::string> features;
  /// Read before parsing; a flag only so that it is known and shown by --help.
  std::string config;
};

void add_estate_options(CLI::App& command, EstateOptions& options, Raw& raw);
void add_run_options(CLI::App& run, RunOptions& options, Raw& raw);
void add_lone_options(CLI::App& command, LoneAppliance& lone, Raw& raw);
void add_inventory_options(CLI::App& inventory, InventoryOptions& options, Raw& raw);
void add_plan_options(CLI::App& plan, Raw& raw);
void add_check_options(CLI::App& check, CheckOptions& options, Raw& raw);
void add_policy_options(CLI::App& policy, PolicyOptions& options, Raw& raw);

}  // namespace certsync::app
