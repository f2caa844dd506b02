#include "app/options.h"

#include <algorithm>
#include <cctype>
#include <iostream>
#include <optional>
#include <sstream>

#include <CLI/CLI.hpp>

#include "app/completion.h"
#include "app/environment.h"
#include "app/flags.h"
#include "app/version.h"
#include "app/yaml_config.h"
#include "base/encoding.h"
#include "base/time_text.h"

namespace certsync::app {
namespace {

std::string environment_name(std::string option) {
  std::transform(option.begin(), option.end(), option.begin(),
                 [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  return "CERTSYNC_" + option;
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

void finish_plan(PlanOptions& options, const Raw& raw) {
  finish(options, raw, LogLevel::Warn);
  finish_lone(options.lone, options.appliances, options, raw);
  options.output = raw.plan_output == "json"       ? cli::PlanOutput::Json
                   : raw.plan_output == "requests" ? cli::PlanOutput::Requests
                                                   : cli::PlanOutput::Words;
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

void finish_check(CheckOptions& options, const Raw& raw) {
  finish(options, raw, LogLevel::Warn);
  finish_lone(options.lone, options.appliances, options, raw);
  options.output = raw.check_output == "json" ? cli::CheckOutput::Json : cli::CheckOutput::Words;
}

void finish_policy(PolicyOptions& options, const Raw& raw) {
  finish(options, raw, LogLevel::Warn);
  for (const auto& word : raw.features) {
    const auto& all = cli::all_features();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](cli::Feature feature) { return cli::to_text(feature) == word; });
    if (word == "all") {
      options.features.insert(all.begin(), all.end());
    } else if (found == all.end()) {
      throw CLI::ValidationError("--feature", "'" + word + "' is none; certsync policy --help lists them");
    } else {
      options.features.insert(*found);
    }
  }
  constexpr std::size_t kLongestUsername = 20;
  const bool plain = std::all_of(options.username.begin(), options.username.end(),
                                 [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
  if (options.username.empty() || options.username.size() > kLongestUsername || !plain ||
      options.username.front() == '-')
    throw CLI::ValidationError("--username", "1 to 20 letters, digits, _ and -: policies are named after it");
  if (options.alone && options.owner_id.empty())
    throw CLI::ValidationError("--alone", "needs --owner-id: the account may touch files of that owner only");
  if (options.alone && (!options.appliances.empty() || !options.manifests.empty() || !options.kubeconfig.empty()))
    throw CLI::ValidationError("--alone", "asks nobody: no --appliance, --manifests or --kubeconfig");
  options.output = cli::policy_output(raw.policy_output);
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
  CheckOptions check;
  PolicyOptions policy;
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
  add_plan_options(*plan_command, raw);
  add_lone_options(*plan_command, plan.lone, raw);
  add_estate_options(*plan_command, plan, raw);
  plan_command->footer(
      "Exit 0: nothing to do. 2: something. 1: an appliance could not be looked at, or something cannot be done. 3: "
      "bad "
      "usage.");
  auto* check_command =
      program.add_subcommand("check", "Whether each appliance can be worked with, and what to do where not");
  add_check_options(*check_command, check, raw);
  add_lone_options(*check_command, check.lone, raw);
  add_estate_options(*check_command, check, raw);
  check_command->footer("Exit 0: all is well. 1: something is not. 3: bad usage.");
  auto* policy_command = program.add_subcommand(
      "policy", "Command policies and an account for an appliance that may do what is needed, and no more");
  add_policy_options(*policy_command, policy, raw);
  add_estate_options(*policy_command, policy, raw);
  auto* completion_command = program.add_subcommand("completion", "A script by which a shell completes certsync");
  std::string shell;
  completion_command->add_option("shell", shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  auto* version_command = program.add_subcommand("version", "Version, commit, library versions");
  try {
    auto arguments = with_defaults(program, argc, argv);
    std::reverse(arguments.begin(), arguments.end());
    program.parse(std::move(arguments));
    if (version_command->parsed()) {
      std::cout << version_text();
      return 0;
    }
    if (completion_command->parsed()) {
      std::cout << completion(words_of(program), shell);
      return 0;
    }
    if (run_command->parsed()) finish_run(run, raw);
    if (inventory_command->parsed()) finish_inventory(inventory, raw);
    if (plan_command->parsed()) finish_plan(plan, raw);
    if (check_command->parsed()) finish_check(check, raw);
    if (policy_command->parsed()) finish_policy(policy, raw);
  } catch (const CLI::Success& help) {
    return program.exit(help, std::cout, std::cerr);
  } catch (const CLI::Error& error) {
    std::cerr << "certsync: " << error.what() << "\nTry certsync --help or certsync COMMAND --help.\n";
    return kBadUsage;
  }
  if (plan_command->parsed()) return commands.plan(plan);
  if (check_command->parsed()) return commands.check(check);
  if (policy_command->parsed()) return commands.policy(policy);
  return inventory_command->parsed() ? commands.inventory(inventory) : commands.run(run);
}

}  // namespace certsync::app
