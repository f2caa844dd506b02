#include "bench/rig.h"

#include <stdexcept>
#include <thread>

#include "http/transport.h"

namespace bench {

using namespace certsync;

Rig::Rig(Estate& estate, std::function<void(const model::CertSync&)> told)
    : estate_(estate),
      log_(LogLevel::Info, LogFormat::Json, [](std::string_view) {}),
      recorder_({metrics::CertKeyScope::All, 2000, "bench", "bench"}, *clock_),
      status_(std::move(told)),
      store_({"default"}, *clock_),
      secrets_(estate, *clock_),
      factory_({"default"}, estate, recording_.around(http::make_cpprest_transport), *clock_, *sleeper_, log_,
               recorder_),
      prober_(probe::ProbeLimits{true, {}}),
      events_(no_events_, *clock_),
      board_(store_, status_, events_, recorder_, *clock_, log_,
             {[](const auto&) {}, [](const auto&) {}, [](const auto&) {}}),
      reconciler_({{"bench", {}}, false, {}, true}, {store_, secrets_, factory_, prober_, board_, events_, gate_,
                                                     recorder_, *clock_, *sleeper_, log_, *entropy_}),
      controller_({}, store_, board_, reconciler_, recorder_, *clock_, *sleeper_, log_, [] { return 0.5; }) {}

void Rig::add_appliance(const std::string& name, const Box& box, int parallel) {
  model::Appliance appliance;
  appliance.meta.ref.name = name;
  appliance.meta.uid = name;
  appliance.spec.endpoints = {box.nitro};
  appliance.spec.credentials_secret = "nitro";
  appliance.spec.tls.fingerprints = {box.fingerprint};
  appliance.spec.max_concurrent_requests = parallel;
  appliance.spec.open_to_all = true;
  store_.put(std::move(appliance));
}

void Rig::add_sync(int index, const std::string& appliance, bool bound) {
  model::CertSync sync;
  const auto secret = estate_.meta(index);
  sync.meta.ref = secret.meta.ref;
  sync.meta.uid = secret.meta.ref.name;
  sync.spec.secret_name = secret.meta.ref.name;
  sync.spec.appliances = {appliance};
  if (bound) sync.spec.bindings = {{{model::TargetKind::VirtualServer, "vs_www"}, model::Role::Default, false}};
  store_.put(secret);
  store_.put(std::move(sync));
}

void Rig::put_secrets() {
  for (int i = 0; i < estate_.size(); ++i)
    store_.put(estate_.meta(i));
}

void Rig::pass(const std::string& appliance) {
  const auto result = reconciler_.reconcile(appliance, [] { return false; }, {});
  if (!result.settled) throw std::runtime_error("the pass over " + appliance + " did not reach everything");
}

void Rig::run(const std::function<bool()>& done) {
  std::jthread workers([this](std::stop_token stop) { controller_.run(stop); });
  for (auto pause = std::chrono::milliseconds(5); !done();)
    sleeper_->sleep(pause, {});
}

}  // namespace bench
