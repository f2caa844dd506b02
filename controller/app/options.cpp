#include "app/options.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <sstream>

#include <CLI/CLI.hpp>

#include "app/version.h"
#include "app/yaml_config.h"
#include "base/encoding.h"
#include "base/time_text.h"

namespace certsync::app {
namespace {

struct Raw {
  std::string once_timeout = "60s";
  std::string log_level = "info";
  std::string log_format = "text";
  std::string metrics_certkeys = "all";
  std::string watch_namespaces;
  std::string former_owner_ids;
  /// Read before parsing; a flag only so that it is known and shown by --help.
  std::string config;
};

std::string environment_name(std::string option) {
  std::transform(option.begin(), option.end(), option.begin(),
                 [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  return "CERTSYNC_" + option;
}

void add_run_options(CLI::App& run, RunOptions& options, Raw& raw) {
  const auto option = [&](const char* name, auto& target, const char* help) {
    auto* added = run.add_option(std::string("--") + name, target, help)->take_last();
    added->capture_default_str();
    return added;
  };
  option("kubeconfig", options.kubeconfig,
         "How to reach the API server; default: $KUBECONFIG, the pod's service account, ~/.kube/config")
      ->type_name("FILE");
  option("context", options.context, "Context of the kubeconfig; default: its current one")->type_name("NAME");
  option("watch-namespaces", raw.watch_namespaces, "Only these namespaces, with commas between; default: all")
      ->type_name("NAMES");
  run.add_flag("--leader-elect", options.leader_elect,
               "Write only while holding the Lease netscaler-cert-sync of the operator's namespace; on by default, "
               "--leader-elect=false for a single process");
  run.add_flag("--allow-loopback-probes", options.allow_loopback_probes,
               "Probe endpoints on loopback addresses too (always so with --manifests)");
  option("manifests", options.manifests, "Directory of manifests: the standalone mode, without a cluster")
      ->type_name("DIR");
  option("status-dir", options.status_dir, "Where status is written as YAML")->type_name("DIR");
  option("files-root", options.files_root, "spec.source.files must lie below this directory")->type_name("DIR");
  run.add_flag("--once", options.once,
               "One converging pass, then exit: 0 all ready or waiting by their own policy, 1 not");
  option("once-timeout", raw.once_timeout, "How long --once retries passing faults")->type_name("DURATION");
  option("owner-id", options.owner_id,
         "Marks what is ours on the appliances; default: the UID of the namespace kube-system, or with "
         "--manifests derived from /etc/machine-id")
      ->type_name("ID");
  option("former-owner-ids", raw.former_owner_ids,
         "Owner ids of installations that this one has taken the place of, with commas between: what they marked is "
         "ours too")
      ->type_name("IDS");
  option("namespace", options.own_namespace, "The operator's own namespace, where credentials Secrets are")
      ->type_name("NAME");
  run.add_flag("--read-only", options.read_only, "Plan, probe and report; never write to an appliance");
  option("metrics-address", options.metrics_address, "Where /metrics is served; port 0 takes a free one")
      ->type_name("HOST:PORT");
  option("metrics-tls-cert-file", options.metrics_tls_cert_file,
         "Serve /metrics by TLS with this certificate, PEM; read again when it changes")
      ->type_name("FILE");
  option("metrics-tls-key-file", options.metrics_tls_key_file, "Its private key, PEM, without a password")
      ->type_name("FILE");
  option("metrics-tls-client-ca-file", options.metrics_tls_client_ca_file,
         "Answer only clients that show a certificate of this CA")
      ->type_name("FILE");
  option("health-address", options.health_address, "Where /healthz and /readyz are served; port 0 takes a free one")
      ->type_name("HOST:PORT");
  option("metrics-certkeys", raw.metrics_certkeys, "Which certkeys get an expiry series")
      ->check(CLI::IsMember({"all", "managed"}));
  option("workers", options.workers, "Appliances worked on at the same time")->check(CLI::Range(1, 64));
  option("log-level", raw.log_level, "How much is logged")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  option("config", raw.config, "YAML file with the same names as the flags")->type_name("FILE");
  option("log-format", raw.log_format, "Lines for people or for machines")->check(CLI::IsMember({"text", "json"}));
}

/// The words between commas, each once.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, ',');) {
    word = trim(word);
    if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

std::vector<std::string> split_names(const std::string& text) {
  auto names = split(text);
  for (const auto& name : names) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
    if (name.size() > 63 || name.find_first_not_of(kAllowed) != std::string::npos)
      throw CLI::ValidationError("--watch-namespaces", "'" + name + "' is no name of a namespace");
  }
  return names;
}

void finish(RunOptions& options, const Raw& raw) {
  const auto timeout = parse_duration(raw.once_timeout);
  if (!timeout) throw CLI::ValidationError("--once-timeout", "'" + raw.once_timeout + "' is no duration such as 60s");
  options.once_timeout = *timeout;
  options.log_level = *parse_log_level(raw.log_level);
  options.log_format = raw.log_format == "json" ? LogFormat::Json : LogFormat::Text;
  options.managed_certkeys_only = raw.metrics_certkeys == "managed";
  options.watch_namespaces = split_names(raw.watch_namespaces);
  options.former_owner_ids = split(raw.former_owner_ids);
  if (options.metrics_tls_cert_file.empty() != options.metrics_tls_key_file.empty())
    throw CLI::ValidationError("--metrics-tls-cert-file", "needs --metrics-tls-key-file, and the other way round");
  if (!options.metrics_tls_client_ca_file.empty() && options.metrics_tls_cert_file.empty())
    throw CLI::ValidationError("--metrics-tls-client-ca-file", "needs --metrics-tls-cert-file");
  if (options.manifests.empty()) return;
  for (const auto& [name, given] :
       {std::pair("--kubeconfig", !options.kubeconfig.empty()), std::pair("--context", !options.context.empty()),
        std::pair("--watch-namespaces", !options.watch_namespaces.empty())}) {
    if (given) throw CLI::ValidationError(name, "is for a cluster: leave it or --manifests out");
  }
}

// Read before any other thread exists.
std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// The value of --config among the arguments, or in the environment; empty = none.
std::string config_file(const std::vector<std::string>& arguments) {
  std::string file;
  if (const auto value = environment("CERTSYNC_CONFIG")) file = *value;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--config" && i + 1 < arguments.size()) file = arguments[i + 1];
    if (arguments[i].starts_with("--config=")) file = arguments[i].substr(std::string_view("--config=").size());
  }
  return file;
}

// File and environment as arguments in front of the real ones: with the last one taken, a flag beats a variable, which
// beats the file.
std::vector<std::string> with_defaults(const CLI::App& run, int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto command = std::find(arguments.begin(), arguments.end(), run.get_name());
  if (command == arguments.end()) return arguments;
  std::vector<std::string> found;
  if (const auto file = config_file(arguments); !file.empty()) found = config_arguments(file);
  for (const auto* option : run.get_options()) {
    const auto& names = option->get_lnames();
    if (names.empty() || names.front() == "help" || names.front() == "config") continue;
    const auto value = environment(environment_name(names.front()));
    if (value) found.push_back("--" + names.front() + "=" + *value);
  }
  arguments.insert(command + 1, found.begin(), found.end());
  return arguments;
}

}  // namespace

int run_command_line(int argc, const char* const* argv, const std::function<int(const RunOptions&)>& run) {
  CLI::App program{"Keeps NetScaler appliances serving the certificates that Kubernetes Secrets, or files, hold.",
                   "certsync"};
  program.require_subcommand(1);
  program.footer("Every option can be given as CERTSYNC_<NAME> or in a YAML file (--config). Exit 3: bad usage.");
  RunOptions options;
  Raw raw;
  auto* run_command = program.add_subcommand("run", "Watch and deploy until stopped, or once");
  add_run_options(*run_command, options, raw);
  auto* version_command = program.add_subcommand("version", "Version, commit, library versions");
  try {
    auto arguments = with_defaults(*run_command, argc, argv);
    std::reverse(arguments.begin(), arguments.end());
    program.parse(std::move(arguments));
    if (version_command->parsed()) {
      std::cout << version_text();
      return 0;
    }
    finish(options, raw);
  } catch (const CLI::Success& help) {
    return program.exit(help, std::cout, std::cerr);
  } catch (const CLI::Error& error) {
    std::cerr << "certsync: " << error.what() << "\nTry certsync --help or certsync run --help.\n";
    return kBadUsage;
  }
  return run(options);
}

}  // namespace certsync::app
