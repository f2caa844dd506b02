#include "app/plan.h"

#include <atomic>
#include <iostream>

#include "app/estate.h"
#include "app/owner.h"
#include "app/terminal.h"
#include "base/entropy.h"
#include "base/locked.h"
#include "base/parallel.h"
#include "engine/reconciler.h"
#include "http/transport.h"
#include "nitro/factory.h"
#include "ports/quiet_recorder.h"

namespace certsync::app {
namespace {

/// Roll-outs go by what is known of the appliances before: the first round finds that out.
constexpr int kRounds = 2;

class NoEvents final : public ports::EventSink {
 public:
  void record(const ports::Event&) override {}
};

/// A plan needs no handshake.
class NoProber final : public ports::Prober {
 public:
  ports::ProbeResult probe(const ports::ProbeTarget&, std::stop_token) override {
    ports::ProbeResult result;
    result.failure = "not asked";
    return result;
  }
};

/// Why an appliance could not be looked at stands in its condition Ready.
class Conditions final : public ports::StatusSink {
 public:
  Result<void> write(const model::CertSync&) override { return {}; }
  Result<void> write(const model::Appliance& appliance) override {
    const auto* ready = model::find_condition(appliance.status.conditions, "Ready");
    if (ready != nullptr) ready_.with([&](auto& all) { all[appliance.meta.ref.name] = *ready; });
    return {};
  }
  model::Condition of(const std::string& name) const {
    return ready_.with([&](const auto& all) {
      const auto found = all.find(name);
      return found == all.end() ? model::Condition{} : found->second;
    });
  }

 private:
  Locked<std::map<std::string, model::Condition>> ready_;
};

/// What no appliance's plan tells: resources that cannot be read, and appliances that are not there.
std::vector<plan::Problem> problems_of_nowhere(const engine::Store& store) {
  std::vector<plan::Problem> problems;
  for (const auto& sync : store.all_syncs()) {
    for (const auto& problem : sync->problems)
      problems.push_back({sync->meta.ref, "", {ErrorKind::Stalled, Reason::SpecInvalid, problem}});
    for (const auto& name : store.appliances_of(*sync)) {
      if (store.appliance(name) != nullptr) continue;
      problems.push_back({sync->meta.ref,
                          "",
                          {ErrorKind::Stalled, Reason::ApplianceNotFound, "there is no NetScalerAppliance " + name}});
    }
  }
  return problems;
}

}  // namespace

int plan(const PlanOptions& options) {
  http::initialize_threads(1);
  const Logger log(options.log_level, options.log_format);
  const auto clock = make_system_clock();
  const auto sleeper = make_system_sleeper();
  const auto entropy = make_system_entropy();
  ports::QuietRecorder recorder;
  const auto estate = open_estate(options, options.lone, {*clock, *sleeper, log, recorder});
  if (!estate) return refuse(estate.error());
  auto owner_id = (*estate)->owner_id();
  // Without an owner id nothing there is ours, and nothing is to be cleaned up.
  if (!owner_id && !options.lone.address.empty()) owner_id = "";
  if (!owner_id)
    return refuse({ErrorKind::Stalled, Reason::SpecInvalid, "/etc/machine-id cannot be read; give --owner-id"});
  auto& store = (*estate)->store();
  const auto chosen = chosen_appliances(store, options.appliances);
  if (!chosen) return refuse(chosen.error());

  Locked<std::map<std::string, engine::PlanView>> views;
  engine::SecretCache secrets((*estate)->secrets(), *clock);
  nitro::NitroFactory factory((*estate)->credentials_namespaces(), (*estate)->secrets(), http::make_cpprest_transport,
                              *clock, *sleeper, log, recorder);
  NoProber prober;
  NoEvents no_events;
  Conditions conditions;
  engine::EventGate events(no_events, *clock);
  engine::StatusBoard board(store, conditions, events, recorder, *clock, log, {});
  const ports::AlwaysOpen gate;
  engine::ReconcilerOptions reading{owner_of(*owner_id, options.former_owner_ids), true, [&](engine::PlanView view) {
                                      views.with([&](auto& all) {
                                        const std::string name = view.appliance.meta.ref.name;
                                        all.insert_or_assign(name, std::move(view));
                                      });
                                    }};
  engine::Reconciler reconciler(std::move(reading), {store, secrets, factory, prober, board, events, gate, recorder,
                                                     *clock, *sleeper, log, *entropy});
  // All are looked at in both rounds, whichever are shown.
  const auto everything = store.appliance_names();
  Progress progress("looks", everything.size() * kRounds);
  std::atomic<std::size_t> done{0};
  for (int round = 0; round < kRounds; ++round) {
    in_parallel(everything.size(), static_cast<std::size_t>(options.workers), [&](std::size_t i) {
      reconciler.reconcile(everything[i], [] { return false; }, {});
      progress.show(++done);
    });
  }
  progress.end();
  reconciler.shut_down();

  cli::EstatePlan estate_plan;
  estate_plan.problems = problems_of_nowhere(store);
  for (const auto& appliance : *chosen) {
    const auto& name = appliance->meta.ref.name;
    auto& one = estate_plan.appliances.emplace_back();
    one.name = name;
    one.view = views.with([&](const auto& all) {
      const auto found = all.find(name);
      return found == all.end() ? std::nullopt : std::optional(found->second);
    });
    if (one.view) continue;
    one.reason = conditions.of(name).reason;
    one.message = conditions.of(name).message;
  }
  const bool written = write_out(cli::to_text(estate_plan, options.output));
  const int code = cli::exit_code(estate_plan);
  return !written || (*estate)->unusable() != 0 ? 1 : code;
}

}  // namespace certsync::app
