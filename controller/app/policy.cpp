#include "app/policy.h"

#include <algorithm>

#include "app/estate.h"
#include "app/owner.h"
#include "app/terminal.h"
#include "http/transport.h"
#include "ports/quiet_recorder.h"

namespace certsync::app {
namespace {

/// Appliances with equal needs share an entry.
void add(std::vector<cli::AccountPolicy>& accounts, const std::string& appliance, const cli::Use& use,
         const std::string& username) {
  auto policies = cli::command_policies(cli::clauses(use), username);
  const auto same = [&](const cli::AccountPolicy& account) {
    return account.partition == use.partition &&
           std::equal(account.policies.begin(), account.policies.end(), policies.begin(), policies.end(),
                      [](const auto& left, const auto& right) { return left.cmdspec == right.cmdspec; });
  };
  auto found = std::find_if(accounts.begin(), accounts.end(), same);
  if (found == accounts.end()) found = accounts.insert(found, {{}, use.partition, std::move(policies)});
  if (!appliance.empty()) found->appliances.push_back(appliance);
}

}  // namespace

int policy(const PolicyOptions& options) {
  std::vector<cli::AccountPolicy> accounts;
  const auto show = [&] { return write_out(cli::to_text(accounts, options.username, options.output)) ? 0 : 1; };
  if (options.alone) {
    auto use = cli::use_of({}, {}, owner_of(options.owner_id, options.former_owner_ids));
    use.targets.reset();
    use.features = options.features;
    add(accounts, "", use, options.username);
    return show();
  }
  http::initialize_threads(1);
  const Logger log(options.log_level, options.log_format);
  const auto clock = make_system_clock();
  const auto sleeper = make_system_sleeper();
  ports::QuietRecorder recorder;
  const auto estate = open_estate(options, {}, {*clock, *sleeper, log, recorder});
  if (!estate) return refuse(estate.error());
  const auto owner_id = (*estate)->owner_id();
  if (!owner_id)
    return refuse({ErrorKind::Stalled, Reason::SpecInvalid, "/etc/machine-id cannot be read; give --owner-id"});
  auto& store = (*estate)->store();
  const auto chosen = chosen_appliances(store, options.appliances);
  if (!chosen) return refuse(chosen.error());
  if (chosen->empty())
    return refuse({ErrorKind::Stalled, Reason::ApplianceNotFound,
                   "there is no NetScalerAppliance yet; --alone makes policies without one"});
  for (const auto& appliance : *chosen) {
    const auto& name = appliance->meta.ref.name;
    auto use = cli::use_of(*appliance, store.syncs_of(name), owner_of(*owner_id, options.former_owner_ids));
    use.features.insert(options.features.begin(), options.features.end());
    add(accounts, name, use, options.username);
  }
  return show();
}

}  // namespace certsync::app
