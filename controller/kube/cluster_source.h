// The cluster as the source of objects: mirrors what we need into the engine's sink, and hands out Secrets one by one.
// Secrets are watched as metadata only, so nobody's keys come here unless a resource refers to them.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/sleeper.h"
#include "kube/api.h"
#include "kube/finalizers.h"
#include "kube/live_objects.h"
#include "kube/reflector.h"
#include "ports/objects.h"
#include "ports/recorder.h"

namespace certsync::kube {

struct ClusterScope {
  /// Where credentials Secrets are.
  std::string own_namespace;
  /// Empty = all.
  std::vector<std::string> watch_namespaces;
};

/// Thread-safe. run() in one thread, which starts one more for each watch.
class ClusterSource final : public ports::SecretReader, public ports::LiveReader {
 public:
  struct Parts {
    Api& api;
    ports::ObjectSink& sink;
    LiveObjects& live;
    /// Null where nothing is done for the resources: then nothing has to be waited for either.
    Finalizers* finalizers;
    ports::Recorder& recorder;
    const Clock& clock;
    Sleeper& sleeper;
    const Logger& log;
    std::function<double()> random;
    ReflectorTimes times = {};
  };

  ClusterSource(ClusterScope scope, Parts parts);
  ~ClusterSource() override;

  /// Mirrors until stopped.
  void run(std::stop_token stop);
  /// This replica leads now: what was left to the leader is done.
  void lead();

  Result<ports::SecretData> read_secret(const model::ObjectRef& ref) override;
  Result<std::optional<model::ObjectMeta>> read_sync_meta(const model::ObjectRef& ref, std::stop_token stop) override;
  Result<std::optional<model::ObjectMeta>> read_appliance_meta(const std::string& name, std::stop_token stop) override;

 private:
  class Handler;
  class SyncHandler;
  class ApplianceHandler;
  class SecretHandler;
  class NamespaceHandler;
  struct Watch;

  /// What the rest waits for at the start.
  enum class Need {
    Listed,           // nothing can be done without it
    ListedOrRefused,  // should it be refused, the others go on
    NotWaitedFor,
  };
  void add(WatchedResource resource, std::unique_ptr<Handler> handler, Need need);
  void add_scoped(const std::string& space);
  /// The second watch of Secrets, of the other types, for a scope in which one of them is named. Once.
  void watch_other_types(const std::string& space);
  bool in_scope(const std::string& space) const;
  void settle();
  void start(Watch& watch);
  void took(model::CertSync sync);

  ClusterScope scope_;
  Parts parts_;
  std::mutex mutex_;
  std::stop_token stop_;
  bool running_ = false;
  std::vector<std::unique_ptr<Watch>> watches_;
  std::set<std::string> other_types_;
  /// The last form of a resource that was sound, without its status: it stays in force while a later one has problems.
  std::map<model::ObjectRef, model::CertSync> sound_syncs_;
  std::map<std::string, model::Appliance> sound_appliances_;
  /// Waiting for our finalizer before they are worked on.
  std::map<model::ObjectRef, model::CertSync> held_;
};

}  // namespace certsync::kube
