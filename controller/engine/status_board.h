// Outcomes of passes over appliances, folded back into the status of each resource, and written when they change.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "engine/event_gate.h"
#include "engine/store.h"
#include "plan/release.h"
#include "plan/rollout.h"
#include "plan/summary.h"
#include "ports/recorder.h"
#include "ports/status.h"

namespace certsync::engine {

/// What one pass says about one resource, with the series that go with it.
struct SyncReport {
  plan::TargetOutcome outcome;
  std::vector<ports::CertificateSeries> certificates;
  std::vector<ports::ServedSeries> served;
  /// The appliance could not be looked at: only `errors` are news, the rest of the last report still stands.
  bool only_errors = false;

  bool unreachable() const;
};

/// Thread-safe.
class StatusBoard {
 public:
  struct Hooks {
    /// The clean-up of a resource that is being deleted is done on all its appliances.
    std::function<void(const model::ObjectRef&)> deletion_done;
    /// An object has gone for good.
    std::function<void(const model::ObjectRef&)> sync_gone;
    std::function<void(const std::string&)> appliance_gone;
  };

  StatusBoard(Store& store, ports::StatusSink& sink, EventGate& events, ports::Recorder& recorder, const Clock& clock,
              const Logger& log, Hooks hooks);

  /// `wake`: an appliance may go on now, since one before it in a roll-out has moved.
  void listen(std::function<void(const std::string&)> wake) { wake_ = std::move(wake); }

  void report(const model::ObjectRef& sync, SyncReport report);
  /// `certkeys`: nothing when the appliance could not be looked at.
  void report(const model::Appliance& appliance, const plan::ApplianceOutcome& outcome,
              const std::optional<std::vector<ports::CertKeySeries>>& certkeys);
  /// Nothing of the resource is left on an appliance that it no longer names.
  void released(const model::ObjectRef& sync, const std::string& appliance);
  /// The object came, changed or went: folds again with what is known.
  void refresh(const model::ObjectRef& sync);
  void appliance_removed(const std::string& name);
  /// Forgets all outcomes and their series: this process leads no more.
  void reset();

  /// The status as last folded; the one the object came with if there is none yet.
  model::CertSyncStatus status_of(const model::CertSync& sync) const;
  model::ApplianceStatus status_of(const model::Appliance& appliance) const;
  /// How a certificate of the resource stands on the appliances that come before `appliance`, in order.
  std::vector<plan::Progress> progress_before(const std::string& appliance, const model::CertSync& sync,
                                              const std::string& secret, const std::string& sha256) const;

 private:
  struct SyncEntry {
    std::map<std::string, SyncReport> reports;
    /// Appliance → since when it cannot be looked at.
    std::map<std::string, SteadyPoint> lost_since;
    std::optional<model::CertSyncStatus> status;
    /// As the sink last got it.
    std::optional<model::CertSyncStatus> written;
  };
  struct ApplianceEntry {
    model::ApplianceStatus status;
    std::optional<model::ApplianceStatus> written;
  };

  void wake_those_after(const model::ObjectRef& ref, const std::string& appliance);
  void fold(const model::ObjectRef& ref);
  /// Under the lock. True: the resource's clean-up is done everywhere.
  bool fold_locked(const model::CertSync& object);
  void say_transitions(const model::CertSync& sync, const model::CertSyncStatus& before,
                       const model::CertSyncStatus& after);
  /// `sync` with its folded status. Says what stays behind once nothing is waited for.
  bool deletion_is_done(const model::CertSync& sync, const SyncEntry& entry);

  Store& store_;
  ports::StatusSink& sink_;
  EventGate& events_;
  ports::Recorder& recorder_;
  const Clock& clock_;
  const Logger& log_;
  Hooks hooks_;
  std::function<void(const std::string&)> wake_;
  mutable std::mutex mutex_;
  std::map<model::ObjectRef, SyncEntry> syncs_;
  std::map<std::string, ApplianceEntry> appliances_;
};

}  // namespace certsync::engine
