#include "app/standalone.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include "app/machine.h"
#include "app/owner.h"
#include "app/signals.h"
#include "app/version.h"
#include "manifests/directory_source.h"
#include "manifests/file_status.h"
#include "model/naming.h"

namespace certsync::app {
namespace {

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

// Member by member in the order of their making.
class Standalone {
 public:
  Standalone(const RunOptions& options, const std::string& owner, const Logger& log,
             std::unique_ptr<manifests::FileStatus> status)
      : log_(log),
        // A manifest without a namespace is in "default", credentials included.
        ground_(options, log, {own_namespace(options.own_namespace), "default"}),
        file_status_(std::move(status)),
        source_(directory_options(options), *ground_.clock, log, ground_.store,
                [this](std::size_t count) { manifest_errors(count); }),
        log_events_(log),
        machine_(ground_,
                 {source_, file_status_ ? static_cast<ports::StatusSink&>(*file_status_) : no_status_, log_events_,
                  gate_, hooks(), probe::ProbeLimits{true, {}}},
                 owner) {}

  int once() {
    source_.scan(false);
    std::atomic<bool> well{false};
    {
      std::jthread work([&](std::stop_token stop) {
        well = machine_.controller().run_once(ground_.options.once_timeout, stop).all_well;
        if (!stop.stop_requested()) raise_stop();
      });
      wait_for_signal();
    }
    machine_.reconciler().shut_down();
    if (manifest_errors_ != 0) {
      log_.error("some manifests could not be used", {{"count", static_cast<long long>(manifest_errors_)}});
    }
    return well && manifest_errors_ == 0 ? 0 : 1;
  }

  int serve() {
    const auto servers = app::serve(ground_, {{{"workers", [this] { return machine_.controller().responsive(); }}},
                                              {{"synced", [this] { return ground_.store.has_synced(); }}}});
    if (!servers) return refuse(servers.error());
    {
      std::jthread watcher([this](std::stop_token stop) { source_.watch(stop); });
      std::jthread workers([this](std::stop_token stop) { machine_.controller().run(stop); });
      wait_for_signal();
      log_.info("stopping: finishing what is under way, saving, logging out");
    }
    machine_.reconciler().shut_down();
    log_.info("stopped");
    return 0;
  }

 private:
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
    ground_.recorder.manifest_errors(count);
  }

  int refuse(const Error& error) const {
    log_.error(error.message);
    return kBadUsage;
  }

  const Logger& log_;
  std::atomic<std::size_t> manifest_errors_{0};
  Ground ground_;
  NoStatus no_status_;
  std::unique_ptr<manifests::FileStatus> file_status_;
  manifests::DirectorySource source_;
  LogEvents log_events_;
  ports::AlwaysOpen gate_;
  Machine machine_;
};

}  // namespace

int run_standalone(const RunOptions& options, const Logger& log) {
  const auto usage = [&](const std::string& message) {
    log.error(message);
    return kBadUsage;
  };
  if (!std::filesystem::is_directory(options.manifests))
    return usage("--manifests " + options.manifests + ": no such directory");
  const auto owner = options.owner_id.empty() ? machine_owner_id() : options.owner_id;
  if (!owner) return usage("/etc/machine-id cannot be read; give --owner-id, and keep it: it marks what is ours");
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
