#include "cli/policy_text.h"

#include <nlohmann/json.hpp>

namespace certsync::cli {
namespace {

using nlohmann::ordered_json;

std::string heading(const AccountPolicy& account) {
  if (account.appliances.empty()) return "";
  std::string text;
  for (const auto& name : account.appliances)
    text += (text.empty() ? "# " : ", ") + name;
  return text + "\n";
}

std::string reasons(const CommandPolicy& policy) {
  std::string text;
  for (const auto& clause : policy.clauses)
    text += "#   " + clause.why + (clause.optional ? " (optional)" : "") + "\n";
  return text;
}

// The password is asked for by the command line, and stands in no history.
std::string cli_lines(const AccountPolicy& account, const std::string& username) {
  std::string text = heading(account);
  for (const auto& policy : account.policies)
    text += "# " + policy.name + ":\n" + reasons(policy) + "add system cmdPolicy " + policy.name + " ALLOW \"" +
            policy.cmdspec + "\"\n";
  text += "add system user " + username + " -externalAuth DISABLED -allowedManagementInterface API\n";
  for (const auto& policy : account.policies)
    text += "bind system user " + username + " " + policy.name + " " + std::to_string(policy.priority) + "\n";
  if (!account.partition.empty())
    text += "bind system user " + username + " -partitionName " + account.partition + "\n";
  return text + "save ns config\n";
}

std::string request(const char* method, const std::string& resource, ordered_json members) {
  const ordered_json body = {{resource.substr(0, resource.find('?')), std::move(members)}};
  return std::string(method) + " /nitro/v1/config/" + resource + " " + body.dump() + "\n";
}

std::string nitro_calls(const AccountPolicy& account, const std::string& username) {
  std::string text = heading(account);
  for (const auto& policy : account.policies)
    text += request("POST", "systemcmdpolicy",
                    {{"policyname", policy.name}, {"action", "ALLOW"}, {"cmdspec", policy.cmdspec}});
  text += request("POST", "systemuser",
                  {{"username", username},
                   {"password", "PASSWORD"},
                   {"externalauth", "DISABLED"},
                   {"allowedmanagementinterface", {"API"}}});
  for (const auto& policy : account.policies)
    text += request("PUT", "systemuser_systemcmdpolicy_binding",
                    {{"username", username}, {"policyname", policy.name}, {"priority", policy.priority}});
  if (!account.partition.empty())
    text += request("PUT", "systemuser_nspartition_binding",
                    {{"username", username}, {"partitionname", account.partition}});
  return text + request("POST", "nsconfig?action=save", ordered_json::object());
}

ordered_json to_json(const AccountPolicy& account, const std::string& username) {
  ordered_json policies = ordered_json::array();
  for (const auto& policy : account.policies) {
    ordered_json clauses = ordered_json::array();
    for (const auto& clause : policy.clauses)
      clauses.push_back(
          {{"name", clause.name}, {"pattern", clause.pattern}, {"why", clause.why}, {"optional", clause.optional}});
    policies.push_back({{"name", policy.name},
                        {"priority", policy.priority},
                        {"cmdSpec", policy.cmdspec},
                        {"clauses", std::move(clauses)}});
  }
  return {{"appliances", account.appliances},
          {"username", username},
          {"partition", account.partition},
          {"policies", std::move(policies)}};
}

}  // namespace

std::string to_text(const std::vector<AccountPolicy>& accounts, const std::string& username, PolicyOutput output) {
  if (output == PolicyOutput::Json) {
    ordered_json all = ordered_json::array();
    for (const auto& account : accounts)
      all.push_back(to_json(account, username));
    return ordered_json{{"accounts", std::move(all)}}.dump(2) + "\n";
  }
  std::string text;
  for (const auto& account : accounts)
    text += (text.empty() ? "" : "\n") +
            (output == PolicyOutput::Cli ? cli_lines(account, username) : nitro_calls(account, username));
  return text;
}

PolicyOutput policy_output(std::string_view word) {
  return word == "json" ? PolicyOutput::Json : word == "nitro" ? PolicyOutput::Nitro : PolicyOutput::Cli;
}

}  // namespace certsync::cli
