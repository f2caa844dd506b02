#include "app/options.h"

#include <algorithm>
#include <cctype>
#include <iostream>
#include <optional>
#include <sstream>

#include <CLI/CLI.hpp>

#include "app/environment.h"
#include "app/version.h"
#include "app/yaml_config.h"
#include "base/encoding.h"
#include "base/time_text.h"

namespace certsync::app {
namespace {

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
  /// Read before parsing; a flag only so that it is known and shown by --help.
  std::string config;
};

std::string environment_name(std::string option) {
  std::transform(option.begin(), option.end(), option.begin(),
                 [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  return "CERTSYNC_" + option;
}

/// Adds an option whose last value counts, with its default in the help.
class Adder {
 public:
  explicit Adder(CLI::App& command) : command_(command) {}
  template <class T>
  CLI::Option* operator()(const char* name, T& target, const char* help) const {
    auto* added = command_.add_option(std::string("--") + name, target, help);
    if constexpr (!std::is_same_v<T, std::vector<std::string>>) added->take_last()->capture_default_str();
    return added;
  }

 private:
  CLI::App& command_;
};

void add_estate_options(CLI::App& command, EstateOptions& options, Raw& raw) {
  const Adder option(command);
  option("kubeconfig", options.kubeconfig,
         "How to reach the API server; default: $KUBECONFIG, the pod's service account, ~/.kube/config")
      ->type_name("FILE");
  option("context", options.context, "Context of the kubeconfig; default: its current one")->type_name("NAME");
  option("watch-namespaces", raw.watch_namespaces, "Only these namespaces, with commas between; default: all")
      ->type_name("NAMES");
  command.add_flag("--allow-loopback-probes", options.allow_loopback_probes,
                   "Probe endpoints on loopback addresses too (always so with --manifests)");
  option("manifests", options.manifests, "Directory of manifests: the standalone mode, without a cluster")
      ->type_name("DIR");
  option("files-root", options.files_root, "spec.source.files must lie below this directory")->type_name("DIR");
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
  option("workers", options.workers, "Appliances worked on at the same time")->check(CLI::Range(1, 64));
  option("log-level", raw.log_level, "How much is logged to stderr; default: info for run, warn for the others")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  option("log-format", raw.log_format, "Lines for people or for machines")->check(CLI::IsMember({"text", "json"}));
  option("config", raw.config, "YAML file with the same names as the flags")->type_name("FILE");
}

void add_run_options(CLI::App& run, RunOptions& options, Raw& raw) {
  const Adder option(run);
  run.add_flag("--leader-elect", options.leader_elect,
               "Write only while holding the Lease netscaler-cert-sync of the operator's namespace; on by default, "
               "--leader-elect=false for a single process");
  option("status-dir", options.status_dir, "Where status is written as YAML")->type_name("DIR");
  run.add_flag("--once", options.once,
               "One converging pass, then exit: 0 all ready or waiting by their own policy, 1 not");
  option("once-timeout", raw.once_timeout, "How long --once retries passing faults")->type_name("DURATION");
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
}

void add_lone_options(CLI::App& command, LoneAppliance& lone, Raw& raw) {
  const Adder option(command);
  option("appliance", raw.appliances,
         "https://HOST: this appliance alone, by --username and --password-file, without files or a cluster. Or the "
         "name of a NetScalerAppliance; may be repeated")
      ->type_name("ADDRESS|NAME");
  option("username", lone.username, "Who logs in at --appliance https://…")->type_name("NAME");
  option("password-file", lone.password_file, "File with the password; - reads it from stdin")->type_name("FILE");
  option("fingerprint", lone.fingerprints, "sha256:…, pins its management certificate; may be repeated")
      ->type_name("DIGEST");
  option("ca-file", lone.ca_file, "CA of its management certificate, PEM; default: the system's roots")
      ->type_name("FILE");
  option("server-name", lone.server_name, "Name in its management certificate, where it is not the host's")
      ->type_name("NAME");
  option("partition", lone.partition, "Admin partition")->type_name("NAME");
  command.add_flag("--insecure-skip-verify", lone.insecure_skip_verify,
                   "Check nothing of its certificate: whoever sits between gets the password");
}

void add_inventory_options(CLI::App& inventory, InventoryOptions& options, Raw& raw) {
  const Adder option(inventory);
  option("expiring-within", raw.expiring_within, "Only certkeys that end within this time: 30d, 12h")
      ->type_name("DURATION");
  inventory.add_flag("--unbound", options.filter.unbound, "Only certkeys that are bound nowhere");
  option("managed", raw.managed, "true: only those that an operator made; false: only the others")
      ->check(CLI::IsMember({"true", "false"}));
  option("name", options.filter.name, "Only certkeys with such a name; * and ? stand for anything")->type_name("GLOB");
  inventory.add_flag("--built-in", options.filter.built_in, "Show NetScaler's own certkeys (ns-…) too");
  option("sort", raw.sort, "Order within an appliance")->check(CLI::IsMember({"name", "expiry"}));
  inventory.add_option("-o,--output", raw.output, "How it is shown")
      ->take_last()
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "wide", "json", "csv"}));
  inventory.add_flag("--probe", options.probe,
                     "Ask each endpoint by a TLS handshake what it serves; on by default, --probe=false leaves it out");
}

void add_plan_options(CLI::App& plan, PlanOptions& options, Raw& raw) {
  const Adder option(plan);
  option("appliance", options.appliances, "Name of a NetScalerAppliance; may be repeated; default: all")
      ->type_name("NAME");
  plan.add_option("-o,--output", raw.plan_output, "How it is shown")
      ->take_last()
      ->capture_default_str()
      ->check(CLI::IsMember({"words", "requests", "json"}));
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

void finish(EstateOptions& options, const Raw& raw, LogLevel usual_log_level) {
  options.log_level = parse_log_level(raw.log_level).value_or(usual_log_level);
  options.log_format = raw.log_format == "json" ? LogFormat::Json : LogFormat::Text;
  options.watch_namespaces = split_names(raw.watch_namespaces);
  options.former_owner_ids = split(raw.former_owner_ids);
  if (options.manifests.empty()) return;
  for (const auto& [name, given] :
       {std::pair("--kubeconfig", !options.kubeconfig.empty()), std::pair("--context", !options.context.empty()),
        std::pair("--watch-namespaces", !options.watch_namespaces.empty())}) {
    if (given) throw CLI::ValidationError(name, "is for a cluster: leave it or --manifests out");
  }
}

void finish_run(RunOptions& options, const Raw& raw) {
  const auto timeout = parse_duration(raw.once_timeout);
  if (!timeout) throw CLI::ValidationError("--once-timeout", "'" + raw.once_timeout + "' is no duration such as 60s");
  options.once_timeout = *timeout;
  options.managed_certkeys_only = raw.metrics_certkeys == "managed";
  if (options.metrics_tls_cert_file.empty() != options.metrics_tls_key_file.empty())
    throw CLI::ValidationError("--metrics-tls-cert-file", "needs --metrics-tls-key-file, and the other way round");
  if (!options.metrics_tls_client_ca_file.empty() && options.metrics_tls_cert_file.empty())
    throw CLI::ValidationError("--metrics-tls-client-ca-file", "needs --metrics-tls-cert-file");
  finish(options, raw, LogLevel::Info);
}

void finish_plan(PlanOptions& options, const Raw& raw) {
  finish(options, raw, LogLevel::Warn);
  options.output = raw.plan_output == "json"       ? cli::PlanOutput::Json
                   : raw.plan_output == "requests" ? cli::PlanOutput::Requests
                                                   : cli::PlanOutput::Words;
}

/// "30d", and what parse_duration knows.
std::chrono::milliseconds parse_days(const std::string& flag, const std::string& text) {
  if (text.size() > 1 && text.size() < 7 && text.back() == 'd' &&
      std::all_of(text.begin(), text.end() - 1, [](unsigned char c) { return std::isdigit(c) != 0; }))
    return std::chrono::days(std::stoi(text));
  const auto duration = parse_duration(text);
  if (!duration) throw CLI::ValidationError(flag, "'" + text + "' is no duration such as 30d or 12h");
  return *duration;
}

void finish_lone(LoneAppliance& lone, std::vector<std::string>& names, const EstateOptions& options, const Raw& raw) {
  for (const auto& appliance : raw.appliances) {
    if (appliance.starts_with("https://")) {
      if (!lone.address.empty()) throw CLI::ValidationError("--appliance", "one address at a time");
      lone.address = appliance;
    } else {
      names.push_back(appliance);
    }
  }
  if (lone.address.empty()) {
    if (!lone.username.empty() || !lone.password_file.empty())
      throw CLI::ValidationError("--username", "is for --appliance https://…");
    return;
  }
  if (!names.empty() || !options.manifests.empty() || !options.kubeconfig.empty())
    throw CLI::ValidationError("--appliance", "an address stands for itself: no names, --manifests or --kubeconfig");
  if (lone.username.empty() || lone.password_file.empty())
    throw CLI::ValidationError("--appliance", "an address needs --username and --password-file");
}

void finish_inventory(InventoryOptions& options, const Raw& raw) {
  finish(options, raw, LogLevel::Warn);
  finish_lone(options.lone, options.appliances, options, raw);
  if (!raw.expiring_within.empty())
    options.filter.expiring_within = parse_days("--expiring-within", raw.expiring_within);
  if (!raw.managed.empty()) options.filter.managed = raw.managed == "true";
  options.sort = raw.sort == "expiry" ? cli::Sort::Expiry : cli::Sort::Name;
  options.output = raw.output == "json"   ? cli::Output::Json
                   : raw.output == "csv"  ? cli::Output::Csv
                   : raw.output == "wide" ? cli::Output::Wide
                                          : cli::Output::Table;
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
std::vector<std::string> with_defaults(const CLI::App& program, int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto commands = program.get_subcommands([](const CLI::App*) { return true; });
  const auto given = std::find_if(arguments.begin(), arguments.end(), [&](const std::string& word) {
    return std::any_of(commands.begin(), commands.end(), [&](const auto* one) { return one->get_name() == word; });
  });
  if (given == arguments.end()) return arguments;
  const auto* command = program.get_subcommand(*given);
  std::vector<std::string> found;
  if (const auto file = config_file(arguments); !file.empty() && command->get_option_no_throw("--config") != nullptr)
    found = config_arguments(file);
  // A file for run may say what another command has no use for.
  std::erase_if(found, [&](const std::string& argument) {
    return command->get_name() != "run" &&
           command->get_option_no_throw(argument.substr(0, argument.find('='))) == nullptr;
  });
  for (const auto* option : command->get_options()) {
    const auto& names = option->get_lnames();
    if (names.empty() || names.front() == "help" || names.front() == "config") continue;
    const auto value = environment(environment_name(names.front()));
    if (value) found.push_back("--" + names.front() + "=" + *value);
  }
  arguments.insert(given + 1, found.begin(), found.end());
  return arguments;
}

}  // namespace

int run_command_line(int argc, const char* const* argv, const Commands& commands) {
  CLI::App program{"Keeps NetScaler appliances serving the certificates that Kubernetes Secrets, or files, hold.",
                   "certsync"};
  program.require_subcommand(1);
  program.footer("Every option can be given as CERTSYNC_<NAME> or in a YAML file (--config). Exit 3: bad usage.");
  RunOptions run;
  InventoryOptions inventory;
  PlanOptions plan;
  Raw raw;
  auto* run_command = program.add_subcommand("run", "Watch and deploy until stopped, or once");
  add_run_options(*run_command, run, raw);
  add_estate_options(*run_command, run, raw);
  auto* inventory_command = program.add_subcommand(
      "inventory", "Every certkey of every appliance: expiry, names, where it is bound, what is served");
  add_inventory_options(*inventory_command, inventory, raw);
  add_lone_options(*inventory_command, inventory.lone, raw);
  add_estate_options(*inventory_command, inventory, raw);
  inventory_command->footer("Exit 0: all appliances were seen. 1: some were not. 3: bad usage.");
  auto* plan_command = program.add_subcommand("plan", "What would be done to each appliance, and why; writes nothing");
  add_plan_options(*plan_command, plan, raw);
  add_estate_options(*plan_command, plan, raw);
  plan_command->footer(
      "Exit 0: nothing to do. 2: something. 1: an appliance could not be looked at, or something cannot be done. 3: "
      "bad "
      "usage.");
  auto* version_command = program.add_subcommand("version", "Version, commit, library versions");
  try {
    auto arguments = with_defaults(program, argc, argv);
    std::reverse(arguments.begin(), arguments.end());
    program.parse(std::move(arguments));
    if (version_command->parsed()) {
      std::cout << version_text();
      return 0;
    }
    if (run_command->parsed()) finish_run(run, raw);
    if (inventory_command->parsed()) finish_inventory(inventory, raw);
    if (plan_command->parsed()) finish_plan(plan, raw);
  } catch (const CLI::Success& help) {
    return program.exit(help, std::cout, std::cerr);
  } catch (const CLI::Error& error) {
    std::cerr << "certsync: " << error.what() << "\nTry certsync --help or certsync COMMAND --help.\n";
    return kBadUsage;
  }
  if (plan_command->parsed()) return commands.plan(plan);
  return inventory_command->parsed() ? commands.inventory(inventory) : commands.run(run);
}

}  // namespace certsync::app
