// Flags, environment (CERTSYNC_*) and a YAML file say the same things; a flag beats the environment, which beats the
// file.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/log.h"

namespace certsync::app {

struct RunOptions {
  /// Empty = in a cluster.
  std::string manifests;
  std::string kubeconfig;
  std::string context;
  /// Empty = all.
  std::vector<std::string> watch_namespaces;
  bool leader_elect = true;
  bool allow_loopback_probes = false;
  std::string status_dir;
  std::string files_root;
  bool once = false;
  std::chrono::milliseconds once_timeout{60'000};
  std::string owner_id;
  std::vector<std::string> former_owner_ids;
  std::string own_namespace;
  bool read_only = false;
  std::string metrics_address = ":8080";
  /// All empty, or certificate and key given: /metrics by TLS.
  std::string metrics_tls_cert_file;
  std::string metrics_tls_key_file;
  std::string metrics_tls_client_ca_file;
  std::string health_address = ":8081";
  bool managed_certkeys_only = false;
  int workers = 16;
  LogLevel log_level = LogLevel::Info;
  LogFormat log_format = LogFormat::Text;
};

/// Bad usage: message for stderr, exit code 3.
inline constexpr int kBadUsage = 3;

/// Parses and runs one command. Help and version go to stdout; returns the exit code.
int run_command_line(int argc, const char* const* argv, const std::function<int(const RunOptions&)>& run);

}  // namespace certsync::app
