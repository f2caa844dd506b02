#include "app/cluster.h"

#include <atomic>
#include <random>
#include <thread>

#include <unistd.h>

#include "app/environment.h"
#include "app/machine.h"
#include "app/owner.h"
#include "app/signals.h"
#include "app/version.h"
#include "base/encoding.h"
#include "http/transport.h"
#include "kube/api_client.h"
#include "kube/cluster_events.h"
#include "kube/cluster_source.h"
#include "kube/cluster_status.h"
#include "kube/credentials.h"
#include "kube/lease.h"
#include "kube/owner_id.h"
#include "model/naming.h"

namespace certsync::app {
namespace {

constexpr char kLeaseName[] = "netscaler-cert-sync";
constexpr std::chrono::seconds kDrainStatus{5};
constexpr std::chrono::seconds kDrainEvents{1};
constexpr std::chrono::seconds kReleaseLease{5};
constexpr std::chrono::milliseconds kUntilSynced{10};
constexpr std::chrono::seconds kOwnerRetry{2};

/// Unique among all processes that ever were, and a person sees which pod it is.
std::string make_identity() {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  std::random_device random;
  std::string bytes;
  for (int i = 0; i < 8; ++i)
    bytes += static_cast<char>(random() & 0xff);
  return std::string(host).substr(0, 100) + "_" + to_hex(bytes);
}

std::string probe_guard(const std::string& server) {
  const auto start = server.find("://");
  std::string host = start == std::string::npos ? server : server.substr(start + 3);
  const bool has_port = host.rfind(':') != std::string::npos && host.rfind(':') > host.rfind(']') + 1;
  return has_port ? host : host + ":443";
}

class CaReloads final : public kube::CaObserver {
 public:
  explicit CaReloads(ports::Recorder& recorder) : recorder_(recorder) {}
  void ca_reloaded(std::string_view result, std::string_view reason) override { recorder_.ca_reload(result, reason); }

 private:
  ports::Recorder& recorder_;
};

// Member by member in the order of their making.
class Cluster {
 public:
  Cluster(const RunOptions& options, const Logger& log, kube::ClusterAccess access, kube::ClusterAccess lease_access)
      : log_(log),
        namespace_(own_namespace(options.own_namespace)),
        server_(access.server),
        identity_(make_identity()),
        ground_(options, log, {namespace_}),
        ca_reloads_(ground_.recorder),
        credentials_(kube::make_credentials(std::move(access), *ground_.clock, log, &ca_reloads_)),
        lease_credentials_(kube::make_credentials(std::move(lease_access), *ground_.clock, log, nullptr)),
        api_(*credentials_, http::make_cpprest_transport, agent(""), *ground_.clock, *ground_.sleeper,
             ground_.recorder),
        lease_api_(*lease_credentials_, http::make_cpprest_transport, agent(" leader-election"), *ground_.clock,
                   *ground_.sleeper, ground_.recorder),
        elector_({{namespace_, kLeaseName}, identity_}, lease_api_, *boot_clock_, *ground_.clock, *ground_.sleeper, log,
                 ground_.recorder, ground_.random()),
        writes_(*ground_.clock),
        event_writes_(*ground_.clock),
        finalizers_(api_, live_, writes_, may_write(), log),
        status_(api_, live_, writes_, may_write(), log, ground_.recorder),
        events_(identity_, api_, live_, event_writes_, may_write(), *ground_.clock, log),
        source_({namespace_, options.watch_namespaces}, {api_, ground_.store, live_, &finalizers_, ground_.recorder,
                                                         *ground_.clock, *ground_.sleeper, log, ground_.random()}) {}

  int serve() {
    const auto servers = app::serve(
        ground_, {{{"workers", [this] { return machine_ready_ ? machine_->controller().responsive() : true; }},
                   {"leaderElection", [this] { return elector_.healthy(); }}},
                  {{"synced", [this] { return ground_.store.has_synced(); }}}});
    if (!servers) return refuse(servers.error());
    {
      std::jthread work([this](std::stop_token stop) {
        with_caches(stop, [&] {
          while (!stop.stop_requested() && (!ground_.options.leader_elect || elector_.acquire(stop)))
            lead(stop, [this](std::stop_token term) { machine_->controller().run(std::move(term)); });
        });
      });
      wait_for_signal();
      log_.info("stopping: finishing what is under way, saving, logging out");
    }
    log_.info("stopped");
    return 0;
  }

  int once() {
    std::atomic<bool> well{false};
    {
      std::jthread work([&](std::stop_token stop) {
        with_caches(stop, [&] {
          if (ground_.options.leader_elect && !elector_.acquire(stop)) return;
          lead(stop, [&](std::stop_token term) {
            well = machine_->controller().run_once(ground_.options.once_timeout, std::move(term)).all_well;
          });
        });
        if (!stop.stop_requested()) raise_stop();
      });
      wait_for_signal();
    }
    return well ? 0 : 1;
  }

 private:
  static std::string agent(const char* suffix) { return "certsync/" + version() + suffix; }

  std::function<bool()> may_write() {
    return [this] { return gate().open(); };
  }

  const ports::WriteGate& gate() const {
    return ground_.options.leader_elect ? static_cast<const ports::WriteGate&>(elector_) : always_open_;
  }

  /// Finds out who we are, fills the caches, and does `work` once they are full.
  void with_caches(std::stop_token stop, const std::function<void()>& work) {
    const std::string owner = find_owner(stop);
    if (owner.empty()) return;
    log_.info("certsync starts", {{"version", version()},
                                  {"commit", revision()},
                                  {"owner", model::owner_mark(owner)},
                                  {"server", server_},
                                  {"namespace", namespace_},
                                  {"identity", identity_}});
    machine_.emplace(ground_,
                     Outside{source_,
                             status_,
                             events_,
                             gate(),
                             {[this](const model::ObjectRef& ref) { finalizers_.release(ref); }, nullptr, nullptr},
                             probe::ProbeLimits{ground_.options.allow_loopback_probes, {probe_guard(server_)}},
                             &source_,
                             true},
                     owner);
    machine_ready_ = true;
    std::jthread source([this](std::stop_token end) { source_.run(std::move(end)); });
    while (!ground_.store.has_synced()) {
      if (!ground_.sleeper->sleep(kUntilSynced, stop)) return;
    }
    log_.info("caches are full");
    work();
  }

  /// One term: `work` until it ends, is stopped, or the lease is lost.
  void lead(std::stop_token stop, const std::function<void(std::stop_token)>& work) {
    std::stop_source term;
    const std::stop_callback on_stop(stop, [&] { term.request_stop(); });
    writes_.clear();
    event_writes_.clear();
    std::jthread writer([this](std::stop_token end) { writes_.run(std::move(end)); });
    std::jthread event_writer([this](std::stop_token end) { event_writes_.run(std::move(end)); });
    std::jthread holder([&](std::stop_token end) {
      if (!ground_.options.leader_elect) return;
      elector_.hold(end);
      // Lost, or at the end of the term.
      term.request_stop();
    });
    source_.lead();
    work(term.get_token());
    // Saves and logs out; after a loss it only logs out.
    machine_->reconciler().shut_down();
    if (gate().open()) {
      writes_.drain(kDrainStatus);
      event_writes_.drain(kDrainEvents);
    }
    writer.request_stop();
    event_writer.request_stop();
    holder.request_stop();
    writer.join();
    event_writer.join();
    holder.join();
    if (elector_.leading()) elector_.release(kReleaseLease);
    machine_->board().reset();
  }

  /// Tried until it is found, or we are stopped (empty then): without it nothing on an appliance can be told ours.
  std::string find_owner(std::stop_token stop) {
    if (!ground_.options.owner_id.empty()) return ground_.options.owner_id;
    while (!stop.stop_requested()) {
      auto found = kube::cluster_owner_id(api_, stop);
      if (found) return *found;
      log_.error("the owner id cannot be found; trying again (or give --owner-id)", {{"error", found.error().message}});
      ground_.sleeper->sleep(kOwnerRetry, stop);
    }
    return "";
  }

  int refuse(const Error& error) const {
    log_.error(error.message);
    return kBadUsage;
  }

  const Logger& log_;
  std::string namespace_;
  std::string server_;
  std::string identity_;
  std::unique_ptr<Clock> boot_clock_ = make_boot_clock();
  Ground ground_;
  CaReloads ca_reloads_;
  std::unique_ptr<kube::Credentials> credentials_;
  std::unique_ptr<kube::Credentials> lease_credentials_;
  kube::ApiClient api_;
  kube::ApiClient lease_api_;
  kube::LeaderElector elector_;
  ports::AlwaysOpen always_open_;
  kube::LiveObjects live_;
  kube::WriteQueue writes_;
  kube::WriteQueue event_writes_;
  kube::Finalizers finalizers_;
  kube::ClusterStatus status_;
  kube::ClusterEvents events_;
  kube::ClusterSource source_;
  std::optional<Machine> machine_;
  std::atomic<bool> machine_ready_{false};
};

}  // namespace

int run_in_cluster(const RunOptions& options, const Logger& log) {
  const kube::KubeconfigRequest request{options.kubeconfig, options.context};
  auto access = kube::find_cluster_access(request, environment, kube::kServiceAccountFolder);
  if (!access) {
    log.error(access.error().message);
    return kBadUsage;
  }
  // Two of them, since each holds secrets of its own.
  auto lease_access = kube::find_cluster_access(request, environment, kube::kServiceAccountFolder);
  if (!lease_access) {
    log.error(lease_access.error().message);
    return kBadUsage;
  }
  log.info("using the API server", {{"server", access->server}, {"source", access->source}});
  Cluster program(options, log, std::move(*access), std::move(*lease_access));
  return options.once ? program.once() : program.serve();
}

}  // namespace certsync::app
