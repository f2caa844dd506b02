#include "app/check.h"

#include <algorithm>
#include <iostream>

#include "cli/check_text.h"

#include "app/estate.h"
#include "app/owner.h"
#include "app/terminal.h"
#include "http/transport.h"
#include "nitro/factory.h"
#include "ports/quiet_recorder.h"

namespace certsync::app {
namespace {

std::vector<cli::CheckRequest> requests(const Estate& estate, const std::vector<engine::AppliancePtr>& appliances,
                                        engine::Store& store, const std::vector<std::string>& former_ids, bool lone) {
  // Whose files they would be changes which names are tried, and nothing else.
  const auto owner = owner_of(estate.owner_id().value_or("certsync"), former_ids);
  std::vector<cli::CheckRequest> all;
  for (const auto& appliance : appliances) {
    auto use = cli::use_of(*appliance, store.syncs_of(appliance->meta.ref.name), owner);
    // Nobody has said what it is for: what most need.
    if (lone) {
      use.targets.reset();
      use.features.insert(cli::Feature::Probing);
    }
    all.push_back({appliance, std::move(use)});
  }
  return all;
}

}  // namespace

int check(const CheckOptions& options) {
  http::initialize_threads(1);
  const Logger log(options.log_level, options.log_format);
  const auto clock = make_system_clock();
  const auto sleeper = make_system_sleeper();
  ports::QuietRecorder recorder;
  const auto estate = open_estate(options, options.lone, {*clock, *sleeper, log, recorder});
  if (!estate) return refuse(estate.error());
  auto& store = (*estate)->store();
  const auto chosen = chosen_appliances(store, options.appliances);
  if (!chosen) return refuse(chosen.error());

  nitro::NitroFactory factory((*estate)->credentials_namespaces(), (*estate)->secrets(), http::make_cpprest_transport,
                              *clock, *sleeper, log, recorder);
  // Management addresses are the operator's own to reach, wherever they are.
  probe::TlsProber prober({true, {}});
  cli::CheckOptions how;
  how.rights = options.rights;
  how.workers = options.workers;
  Progress progress("appliances", chosen->size());
  const auto reach = [&](const std::string& place, std::stop_token stop) {
    return probe::reach(place, how.timeout, std::move(stop));
  };
  const auto reports =
      cli::check(requests(**estate, *chosen, store, options.former_owner_ids, !options.lone.address.empty()),
                 {factory, prober, reach, *clock, [&](std::size_t done) { progress.show(done); }}, how, {});
  progress.end();
  const bool written = write_out(cli::to_text(reports, options.output, terminal_of_stdout()));
  if (chosen->empty()) std::cerr << "there is no NetScalerAppliance\n";
  if ((*estate)->unusable() != 0)
    std::cerr << (*estate)->unusable() << " manifests cannot be used; certsync run says why\n";
  const bool well = std::none_of(reports.begin(), reports.end(), [](const auto& report) { return report.failed(); });
  return written && well && !chosen->empty() && (*estate)->unusable() == 0 ? 0 : 1;
}

}  // namespace certsync::app
