// The threads: workers take appliances from the queue, each appliance one at a time. Nothing else in here decides.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/sleeper.h"
#include "engine/reconciler.h"
#include "engine/work_queue.h"
#include "ports/recorder.h"

namespace certsync::engine {

struct ControllerOptions {
  /// Passes at a time; those that take long are not counted, up to four times as many in all.
  int workers = 16;
  /// News of the store are left aside except while run() works: a standby replica looks at nothing and says nothing.
  bool only_while_running = false;
};

/// How a pass over everything ended, for --once.
struct OnceResult {
  /// Everything is settled, or waits by its own policy.
  bool all_well = false;
};

class Controller {
 public:
  /// `random`: [0, 1), for the jitter of back-offs and resyncs.
  Controller(ControllerOptions options, Store& store, StatusBoard& board, Reconciler& reconciler,
             ports::Recorder& recorder, const Clock& clock, Sleeper& sleeper, const Logger& log,
             std::function<double()> random);

  /// Looks at everything, then works on what changes, until stopped. Blocks; on return no pass runs any more. May be
  /// called again.
  void run(std::stop_token stop);
  /// Passes over every appliance until each is settled, stalled or waiting by policy, or `patience` is over.
  OnceResult run_once(std::chrono::milliseconds patience, std::stop_token stop);
  /// For the liveness probe: a worker is free, or one took or ended a pass within the last 15 minutes. Once run() is
  /// told to stop, free workers no longer count while a pass goes on: nobody leads before that has ended.
  bool responsive() const;

 private:
  bool every_sync_is_well() const;
  void begin();
  void end();
  void work(std::stop_token stop);
  void one(const std::string& appliance, std::stop_token stop);
  void schedule(const std::string& appliance, const PassResult& result);
  PassResult guarded_pass(const std::string& appliance, const std::function<bool()>& more_work, std::stop_token stop);

  ControllerOptions options_;
  Store& store_;
  StatusBoard& board_;
  Reconciler& reconciler_;
  ports::Recorder& recorder_;
  const Clock& clock_;
  Sleeper& sleeper_;
  const Logger& log_;
  std::function<double()> random_;
  WorkQueue queue_;
  std::mutex mutex_;
  std::map<std::string, int> failures_;
  /// In run_once: appliances that a roll-out has reached.
  bool once_ = false;
  std::set<std::string> woken_;
  std::atomic<SteadyPoint> heartbeat_;
  std::atomic<int> active_{0};
  std::atomic<bool> ending_{false};
  std::atomic<bool> listening_;
};

}  // namespace certsync::engine
