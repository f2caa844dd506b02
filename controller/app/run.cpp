#include "app/run.h"

#include <chrono>
#include <filesystem>
#include <mutex>
#include <random>
#include <thread>

#include "app/health.h"
#include "app/owner.h"
#include "app/signals.h"
#include "app/version.h"
#include "base/sleeper.h"
#include "engine/controller.h"
#include "http/transport.h"
#include "manifests/directory_source.h"
#include "manifests/file_status.h"
#include "metrics/exposer.h"
#include "model/naming.h"
#include "nitro/factory.h"
#include "probe/tls_probe.h"

namespace certsync::app {
namespace {

// One: cpprestsdk can crash when a request is given up while another of its threads reads.
constexpr std::size_t kPoolThreads = 1;

class LogEvents final : public ports::EventSink {
 public:
  explicit LogEvents(const Logger& log) : log_(log) {}
  void record(const ports::Event& event) override {
    log_.write(
        event.type == ports::EventType::Warning ? LogLevel::Warn : LogLevel::Info, "event",
        {{"kind", event.kind}, {"object", to_text(event.regarding)}, {"reason", event.reason}, {"note", event.note}});
  }

 private:
  const Logger& log_;
};

/// Without --status-dir the truth is in the log and the metrics only.
class NoStatus final : public ports::StatusSink {
 public:
  Result<void> write(const model::CertSync&) override { return {}; }
  Result<void> write(const model::Appliance&) override { return {}; }
};

class Dice {
 public:
  double roll() {
    std::lock_guard lock(mutex_);
    return std::uniform_real_distribution<double>(0, 1)(engine_);
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_{std::random_device{}()};
};

// The whole program of the standalone mode, member by member in the order of their making.
class Standalone {
 public:
  Standalone(const RunOptions& options, std::string owner, const Logger& log,
             std::unique_ptr<manifests::FileStatus> status)
      : options_(options),
        log_(log),
        recorder_({options.managed_certkeys_only ? metrics::CertKeyScope::Managed : metrics::CertKeyScope::All, 2000,
                   version(), revision()}),
        file_status_(std::move(status)),
        store_(credential_namespaces(options), *clock_),
        source_(directory_options(options), *clock_, log, store_,
                [this](std::size_t count) { manifest_errors(count); }),
        secrets_(source_, *clock_),
        factory_(credential_namespaces(options), source_, http::make_cpprest_transport, *clock_, *sleeper_, log,
                 recorder_),
        prober_(probe::ProbeLimits{true, {}}),
        log_events_(log),
        events_(log_events_, *clock_),
        board_(store_, file_status_ ? static_cast<ports::StatusSink&>(*file_status_) : no_status_, events_, recorder_,
               *clock_, log, hooks()),
        reconciler_({model::owner_mark(owner), options.read_only},
                    {store_, secrets_, factory_, prober_, board_, events_, recorder_, *clock_, *sleeper_, log}),
        controller_({options.workers}, store_, board_, reconciler_, recorder_, *clock_, *sleeper_, log,
                    [this] { return dice_.roll(); }) {}

  int once() {
    source_.scan(false);
    std::atomic<bool> well{false};
    {
      std::jthread work([&](std::stop_token stop) {
        well = controller_.run_once(options_.once_timeout, stop).all_well;
        if (!stop.stop_requested()) raise_stop();
      });
      wait_for_signal();
    }
    reconciler_.shut_down();
    if (manifest_errors_ != 0) {
      log_.error("some manifests could not be used", {{"count", static_cast<long long>(manifest_errors_)}});
    }
    return well && manifest_errors_ == 0 ? 0 : 1;
  }

  int serve() {
    auto exposer = metrics::Exposer::start(options_.metrics_address, recorder_);
    if (!exposer) return refuse(exposer.error());
    auto health =
        HealthServer::start(options_.health_address, {{"workers", [this] { return controller_.responsive(); }}},
                            {{"synced", [this] { return store_.has_synced(); }}});
    if (!health) return refuse(health.error());
    log_.info("serving", {{"metrics_port", static_cast<long long>((*exposer)->port())},
                          {"health_port", static_cast<long long>((*health)->port())}});
    {
      std::jthread watcher([this](std::stop_token stop) { source_.watch(stop); });
      std::jthread workers([this](std::stop_token stop) { controller_.run(stop); });
      wait_for_signal();
      log_.info("stopping: finishing what is under way, saving, logging out");
    }
    reconciler_.shut_down();
    log_.info("stopped");
    return 0;
  }

 private:
  static std::vector<std::string> credential_namespaces(const RunOptions& options) {
    // A manifest without a namespace is in "default", credentials included.
    return {own_namespace(options.own_namespace), "default"};
  }

  static manifests::DirectoryOptions directory_options(const RunOptions& options) {
    manifests::DirectoryOptions directory;
    directory.directory = options.manifests;
    if (!options.files_root.empty()) directory.files_root = options.files_root;
    directory.status_directory = options.status_dir;
    return directory;
  }

  engine::StatusBoard::Hooks hooks() {
    return {[this](const model::ObjectRef& ref) { source_.finish_deletion(ref); },
            [this](const model::ObjectRef& ref) {
              if (file_status_) file_status_->remove_cert_sync(ref);
            },
            [this](const std::string& name) {
              if (file_status_) file_status_->remove_appliance(name);
            }};
  }

  void manifest_errors(std::size_t count) {
    manifest_errors_ = count;
    recorder_.manifest_errors(count);
  }

  int refuse(const Error& error) const {
    log_.error(error.message);
    return kBadUsage;
  }

  const RunOptions& options_;
  const Logger& log_;
  std::unique_ptr<Clock> clock_ = make_system_clock();
  std::unique_ptr<Sleeper> sleeper_ = make_system_sleeper();
  Dice dice_;
  std::atomic<std::size_t> manifest_errors_{0};
  metrics::PrometheusRecorder recorder_;
  NoStatus no_status_;
  std::unique_ptr<manifests::FileStatus> file_status_;
  engine::Store store_;
  manifests::DirectorySource source_;
  engine::SecretCache secrets_;
  nitro::NitroFactory factory_;
  probe::TlsProber prober_;
  LogEvents log_events_;
  engine::EventGate events_;
  engine::StatusBoard board_;
  engine::Reconciler reconciler_;
  engine::Controller controller_;
};

}  // namespace

int run(const RunOptions& options) {
  block_signals();
  const Logger log(options.log_level, options.log_format);
  const auto usage = [&](const std::string& message) {
    log.error(message);
    return kBadUsage;
  };
  if (!std::filesystem::is_directory(options.manifests))
    return usage("--manifests " + options.manifests + ": no such directory");
  const auto owner = options.owner_id.empty() ? machine_owner_id() : options.owner_id;
  if (!owner) return usage("/etc/machine-id cannot be read; give --owner-id, and keep it: it marks what is ours");
  http::initialize_threads(kPoolThreads);
  std::unique_ptr<manifests::FileStatus> status;
  if (!options.status_dir.empty()) {
    auto opened = manifests::FileStatus::open(options.status_dir);
    if (!opened) return usage(opened.error().message);
    status = std::move(*opened);
  }
  log.info("certsync starts", {{"version", version()},
                               {"commit", revision()},
                               {"owner", model::owner_mark(*owner)},
                               {"manifests", options.manifests}});
  Standalone program(options, *owner, log, std::move(status));
  return options.once ? program.once() : program.serve();
}

}  // namespace certsync::app
