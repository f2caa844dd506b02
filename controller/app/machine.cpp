#include "app/machine.h"

#include "app/owner.h"
#include "app/version.h"
#include "http/transport.h"
#include "metrics/exposer.h"
#include "model/naming.h"

namespace certsync::app {
namespace {

constexpr std::size_t kMostCertKeySeries = 2000;

metrics::RecorderOptions recorder_options(const RunOptions& options) {
  return {options.managed_certkeys_only ? metrics::CertKeyScope::Managed : metrics::CertKeyScope::All,
          kMostCertKeySeries, version(), revision()};
}

}  // namespace

Ground::Ground(const RunOptions& options_, const Logger& log_, std::vector<std::string> credentials_namespaces_)
    : options(options_),
      log(log_),
      credentials_namespaces(std::move(credentials_namespaces_)),
      recorder(recorder_options(options_), *clock),
      store(credentials_namespaces, *clock) {}

Result<Servers> serve(Ground& ground, HealthChecks checks) {
  const auto& options = ground.options;
  http::ServerOptions metrics_options;
  metrics_options.address = options.metrics_address;
  if (!options.metrics_tls_cert_file.empty()) {
    metrics_options.tls = {options.metrics_tls_cert_file, options.metrics_tls_key_file,
                           options.metrics_tls_client_ca_file};
  }
  auto metrics = metrics::serve_metrics(std::move(metrics_options), ground.recorder, ground.log);
  if (!metrics) return tl::unexpected(metrics.error());
  auto health = serve_health(options.health_address, std::move(checks), ground.log);
  if (!health) return tl::unexpected(health.error());
  ground.log.info("serving", {{"metrics_port", static_cast<long long>((*metrics)->port())},
                              {"health_port", static_cast<long long>((*health)->port())}});
  return Servers{std::move(*metrics), std::move(*health)};
}

Machine::Machine(Ground& ground, Outside outside, const std::string& owner)
    : secrets_(outside.secrets, *ground.clock),
      factory_(ground.credentials_namespaces, outside.secrets, http::make_cpprest_transport, *ground.clock,
               *ground.sleeper, ground.log, ground.recorder),
      prober_(std::move(outside.probe_limits)),
      events_(outside.events, *ground.clock),
      board_(ground.store, outside.status, events_, ground.recorder, *ground.clock, ground.log,
             std::move(outside.hooks)),
      reconciler_({owner_of(owner, ground.options.former_owner_ids), ground.options.read_only, {}, true},
                  {ground.store, secrets_, factory_, prober_, board_, events_, outside.gate, ground.recorder,
                   *ground.clock, *ground.sleeper, ground.log, *ground.entropy, outside.live}),
      controller_({ground.options.workers, outside.only_while_running}, ground.store, board_, reconciler_,
                  ground.recorder, *ground.clock, *ground.sleeper, ground.log, ground.random()) {}

}  // namespace certsync::app
