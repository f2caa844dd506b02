// Flags, environment (CERTSYNC_*) and a YAML file say the same things; a flag beats the environment, which beats the
// file.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "cli/check_text.h"
#include "cli/inventory.h"
#include "cli/inventory_text.h"
#include "cli/plan_text.h"
#include "cli/policy_text.h"
#include "cli/use.h"

#include "base/log.h"

namespace certsync::app {

/// What there is to work on, and how to get there.
struct EstateOptions {
  /// Empty = in a cluster.
  std::string manifests;
  std::string kubeconfig;
  std::string context;
  /// Empty = all.
  std::vector<std::string> watch_namespaces;
  bool allow_loopback_probes = false;
  std::string files_root;
  std::string owner_id;
  std::vector<std::string> former_owner_ids;
  std::string own_namespace;
  int workers = 16;
  LogLevel log_level = LogLevel::Info;
  LogFormat log_format = LogFormat::Text;
};

struct RunOptions : EstateOptions {
  bool leader_elect = true;
  std::string status_dir;
  bool once = false;
  std::chrono::milliseconds once_timeout{60'000};
  bool read_only = false;
  std::string metrics_address = ":8080";
  /// All empty, or certificate and key given: /metrics by TLS.
  std::string metrics_tls_cert_file;
  std::string metrics_tls_key_file;
  std::string metrics_tls_client_ca_file;
  std::string health_address = ":8081";
  bool managed_certkeys_only = false;
};

/// One appliance with nothing but its address: no files, no cluster.
struct LoneAppliance {
  /// "https://192.0.2.10"; empty = the estate is asked.
  std::string address;
  std::string username;
  std::string password_file;
  std::vector<std::string> fingerprints;
  std::string ca_file;
  std::string server_name;
  std::string partition;
  bool insecure_skip_verify = false;
};

struct InventoryOptions : EstateOptions {
  LoneAppliance lone;
  /// Names of appliances; empty = all.
  std::vector<std::string> appliances;
  cli::Filter filter;
  cli::Sort sort = cli::Sort::Name;
  cli::Output output = cli::Output::Table;
  bool probe = true;
};

/// Bad usage: message for stderr, exit code 3.
inline constexpr int kBadUsage = 3;

struct PlanOptions : EstateOptions {
  LoneAppliance lone;
  /// Names of appliances; empty = all.
  std::vector<std::string> appliances;
  cli::PlanOutput output = cli::PlanOutput::Words;
};

struct PolicyOptions : EstateOptions {
  /// Names of appliances; empty = all.
  std::vector<std::string> appliances;
  /// Beside those in use; with `alone` these and no others.
  std::set<cli::Feature> features;
  /// No estate is asked.
  bool alone = false;
  /// Of the account; begins the names of its policies.
  std::string username = "certsync";
  cli::PolicyOutput output = cli::PolicyOutput::Cli;
};

struct CheckOptions : EstateOptions {
  LoneAppliance lone;
  /// Names of appliances; empty = all.
  std::vector<std::string> appliances;
  /// Try what the account may do.
  bool rights = true;
  cli::CheckOutput output = cli::CheckOutput::Words;
};

struct Commands {
  std::function<int(const RunOptions&)> run;
  std::function<int(const InventoryOptions&)> inventory;
  std::function<int(const PlanOptions&)> plan;
  std::function<int(const CheckOptions&)> check;
  std::function<int(const PolicyOptions&)> policy;
};

/// Parses and runs one command. Help and version go to stdout; returns the exit code.
int run_command_line(int argc, const char* const* argv, const Commands& commands);

}  // namespace certsync::app
