#include "app/inventory.h"

#include <algorithm>
#include <iostream>

#include "app/estate.h"
#include "app/owner.h"
#include "app/terminal.h"
#include "http/transport.h"
#include "nitro/factory.h"
#include "ports/quiet_recorder.h"

namespace certsync::app {
namespace {

class RequestCounter final : public ports::QuietRecorder {
 public:
  void nitro_request(const std::string&, std::string_view, std::string_view, const std::string&, Seconds) override {
    ++count;
  }
  std::atomic<std::size_t> count{0};
};

}  // namespace

int inventory(const InventoryOptions& options) {
  http::initialize_threads(1);
  const Logger log(options.log_level, options.log_format);
  const auto clock = make_system_clock();
  const auto sleeper = make_system_sleeper();
  RequestCounter requests;
  const auto estate = open_estate(options, options.lone, {*clock, *sleeper, log, requests});
  if (!estate) return refuse(estate.error());
  const auto appliances = chosen_appliances((*estate)->store(), options.appliances);
  if (!appliances) return refuse(appliances.error());

  const auto began = clock->steady();
  nitro::NitroFactory factory((*estate)->credentials_namespaces(), (*estate)->secrets(), http::make_cpprest_transport,
                              *clock, *sleeper, log, requests);
  probe::TlsProber prober((*estate)->probe_limits());
  cli::LookOptions look;
  look.probe = options.probe;
  look.workers = options.workers;
  Progress progress("appliances", appliances->size());
  const auto looks =
      cli::look_at(*appliances, {factory, prober, [&](std::size_t done) { progress.show(done); }}, look, {});
  progress.end();

  const auto owner_id = (*estate)->owner_id();
  const auto owner =
      owner_id ? std::optional<model::Owner>(owner_of(*owner_id, options.former_owner_ids)) : std::nullopt;
  auto inventory = cli::filtered(cli::take_inventory(looks, owner, clock->now()), options.filter, clock->now());
  cli::sort(inventory, options.sort);
  const bool written = write_out(cli::to_text(inventory, options.output, terminal_of_stdout()));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock->steady() - began);
  std::cerr << appliances->size() << " appliances, " << inventory.certkeys() << " certkeys shown, " << requests.count
            << " NITRO requests, " << static_cast<double>(took.count()) / 1000 << " s\n";
  if ((*estate)->unusable() != 0)
    std::cerr << (*estate)->unusable() << " manifests cannot be used; certsync run says why\n";
  return written && inventory.complete() && (*estate)->unusable() == 0 ? 0 : 1;
}

}  // namespace certsync::app
