// One appliance, brought to its wanted state: observe, plan, perform, look again, verify, clean up, save, report.
// Keeps per appliance what must outlive a pass: the session, what was reached, what is not saved yet.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/sleeper.h"
#include "engine/event_gate.h"
#include "engine/plan_view.h"
#include "engine/secret_cache.h"
#include "engine/status_board.h"
#include "engine/store.h"
#include "engine/verify.h"
#include "plan/guard.h"
#include "ports/appliance.h"
#include "ports/leadership.h"
#include "ports/prober.h"
#include "ports/recorder.h"

namespace certsync::engine {

struct ReconcilerOptions {
  /// The mark that our files carry.
  model::Owner owner;
  /// Plans, probes and reports; never writes.
  bool read_only = false;
  /// Told what each pass would do, before it does anything; from several threads.
  std::function<void(PlanView)> on_plan = {};
  /// Files go to an appliance several at once, as many as its maxConcurrentRequests; else one by one.
  bool files_in_parallel = false;
};

struct Parts {
  Store& store;
  SecretCache& secrets;
  ports::ApplianceFactory& factory;
  ports::Prober& prober;
  StatusBoard& board;
  EventGate& events;
  const ports::WriteGate& gate;
  ports::Recorder& recorder;
  const Clock& clock;
  Sleeper& sleeper;
  const Logger& log;
  Entropy& entropy;
  /// Null where nobody knows more than the store does.
  ports::LiveReader* live = nullptr;
};

/// What is remembered of an appliance between passes. Lost at a restart, and nothing breaks by that.
struct Memory {
  std::unique_ptr<ports::Appliance> appliance;
  model::ApplianceSpec spec;
  plan::Guard guard;
  bool looked_before = false;
  /// Our own writes that are not saved, since when.
  std::optional<SteadyPoint> unsaved_since;
  std::optional<TimePoint> saved_at;
  /// The primary of an HA pair, as last seen.
  std::string node;
  /// Somebody else's changes were unsaved when the last pass began.
  bool foreign_unsaved = false;
  /// Anybody's were.
  bool seen_unsaved = false;
  std::map<std::string, std::string> foreign_digests;
  std::map<model::ObjectRef, std::set<std::string>> bound_here;
  /// Certkey → when its Secret's new content was first seen; until it is served.
  std::map<std::string, SteadyPoint> pending_lag;
  /// Certkeys that a window or a roll-out held: their lag says nothing.
  std::set<std::string> waited;
  std::map<std::string, Proof> proofs;
  /// Certkey → what was taken back, and why; not tried again before something new is wanted.
  struct RolledBack {
    std::string content;
    Error error;
  };
  std::map<std::string, RolledBack> rolled_back;
  std::map<std::string, std::string> proven_content;
  std::map<model::ObjectRef, std::string> handled_requests;
  /// deploy-now, as this appliance has gone by it: once.
  std::map<model::ObjectRef, std::string> deployed_now;
};

struct PassResult {
  /// Everything that this appliance can reach by itself has been reached.
  bool settled = false;
  /// Passing trouble: back off and try again.
  bool failed = false;
  /// A person is needed; trying again soon does not help.
  bool stalled = false;
  /// Waiting by its own policy only (a date, a window, dryRun, suspend).
  bool waiting = false;
  /// Look again after this time at the latest.
  std::optional<std::chrono::milliseconds> again;
};

/// Thread-safe for different appliances; one pass per appliance at a time (the queue sees to that).
class Reconciler {
 public:
  Reconciler(ReconcilerOptions options, Parts parts);
  ~Reconciler();

  /// `more_work`: another pass over this appliance is due already, so that the save may wait for it (10 s at most).
  PassResult reconcile(const std::string& name, const std::function<bool()>& more_work, std::stop_token stop);
  /// Saves what is unsaved, if this process may still write, and ends every session; what was remembered goes. For the
  /// end of the program or of a term as the leader; call when no pass runs.
  void shut_down();

 private:
  Memory& memory_of(const std::string& name);
  void forget(const std::string& name);
  /// Before an appliance is let go: saves what is ours and unsaved, ends the session.
  void finish(const std::string& name, Memory& memory);

  ReconcilerOptions options_;
  Parts parts_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Memory>> memories_;
};

}  // namespace certsync::engine
