#include "engine/controller.h"

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include "plan/backoff.h"

namespace certsync::engine {
namespace {

constexpr const char* kName = "appliance";
constexpr double kResyncJitter = 0.1;
constexpr std::chrono::milliseconds kOncePause{500};
// No pass takes this long: requests, retries and handshakes all have their limits.
constexpr std::chrono::minutes kLongestPass{15};
/// Threads for one that is counted: the others wait for appliances that do not answer.
constexpr int kThreadsPerWorker = 4;

}  // namespace

Controller::Controller(ControllerOptions options, Store& store, StatusBoard& board, Reconciler& reconciler,
                       ports::Recorder& recorder, const Clock& clock, Sleeper& sleeper, const Logger& log,
                       std::function<double()> random)
    : options_(options),
      store_(store),
      board_(board),
      reconciler_(reconciler),
      recorder_(recorder),
      clock_(clock),
      sleeper_(sleeper),
      log_(log),
      random_(std::move(random)),
      queue_(kName, clock, recorder, options_.workers),
      heartbeat_(clock.steady()),
      listening_(!options.only_while_running) {
  store_.listen({[this](const std::string& appliance) {
                   if (listening_) queue_.add(appliance);
                 },
                 [this](const model::ObjectRef& sync) {
                   if (listening_) board_.refresh(sync);
                 }});
  board_.listen([this](const std::string& appliance) {
    if (listening_) queue_.add(appliance);
    std::lock_guard lock(mutex_);
    if (once_) woken_.insert(appliance);
  });
}

void Controller::run(std::stop_token stop) {
  recorder_.max_workers(kName, options_.workers);
  begin();
  {
    const std::stop_callback on_stop(stop, [this] {
      heartbeat_ = clock_.steady();
      ending_ = true;
    });
    std::vector<std::jthread> workers;
    const int threads = options_.workers * kThreadsPerWorker;
    workers.reserve(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i)
      workers.emplace_back([this, stop] { work(stop); });
  }
  ending_ = false;
  end();
}

void Controller::begin() {
  if (!options_.only_while_running) return;
  listening_ = true;
  for (const auto& sync : store_.all_syncs())
    board_.refresh(sync->meta.ref);
  for (const auto& appliance : store_.appliance_names())
    queue_.add(appliance);
}

void Controller::end() {
  if (!options_.only_while_running) return;
  listening_ = false;
  queue_.clear();
  std::lock_guard lock(mutex_);
  failures_.clear();
}

void Controller::work(std::stop_token stop) {
  while (auto appliance = queue_.get(stop)) {
    heartbeat_ = clock_.steady();
    one(*appliance, stop);
    queue_.done(*appliance);
    heartbeat_ = clock_.steady();
  }
}

PassResult Controller::guarded_pass(const std::string& appliance, const std::function<bool()>& more_work,
                                    std::stop_token stop) {
  // The last catch of a worker: a defect in one pass must not end all others.
  try {
    return reconciler_.reconcile(appliance, more_work, stop);
  } catch (const std::exception& defect) {
    recorder_.reconcile_panic(kName);
    log_.error("a pass ended by a defect of this program; please report it",
               {{"appliance", appliance}, {"error", defect.what()}});
    PassResult result;
    result.failed = true;
    return result;
  }
}

void Controller::one(const std::string& appliance, std::stop_token stop) {
  recorder_.active_workers(kName, ++active_);
  const auto started = clock_.steady();
  const PassResult result = guarded_pass(
      appliance, [&] { return queue_.again(appliance); }, stop);
  const auto took = clock_.steady() - started;
  recorder_.active_workers(kName, --active_);
  recorder_.reconcile(
      kName, result.failed || result.stalled ? ports::ReconcileResult::Error : ports::ReconcileResult::RequeueAfter,
      result.stalled && !result.failed, took);
  schedule(appliance, result);
}

void Controller::schedule(const std::string& appliance, const PassResult& result) {
  if (store_.appliance(appliance) == nullptr) {
    std::lock_guard lock(mutex_);
    failures_.erase(appliance);
    queue_.forget(appliance);
    return;
  }
  int failures = 0;
  {
    std::lock_guard lock(mutex_);
    auto& count = failures_[appliance];
    count = result.failed ? count + 1 : 0;
    failures = count;
  }
  if (failures > 0) queue_.add_after(appliance, plan::backoff(failures, random_()));
  if (!result.again) return;
  const double spread = 1 - kResyncJitter * random_();
  queue_.add_after(appliance, std::chrono::milliseconds(
                                  static_cast<long long>(static_cast<double>(result.again->count()) * spread)));
}

OnceResult Controller::run_once(std::chrono::milliseconds patience, std::stop_token stop) {
  const auto deadline = clock_.steady() + patience;
  {
    std::lock_guard lock(mutex_);
    once_ = true;
  }
  begin();
  std::set<std::string> open;
  for (auto& name : store_.appliance_names())
    open.insert(std::move(name));
  bool stalled = false;
  while (true) {
    std::erase_if(open, [&](const std::string& name) {
      const PassResult result = guarded_pass(
          name, [] { return false; }, stop);
      const bool passing = result.failed || (!result.settled && !result.stalled && !result.waiting);
      // What only a person can mend is not tried again; what may pass by itself is.
      stalled = stalled || (result.stalled && !passing);
      return !passing;
    });
    {
      std::lock_guard lock(mutex_);
      open.merge(std::exchange(woken_, {}));
    }
    if (open.empty()) return {!stalled && every_sync_is_well()};
    if (clock_.steady() >= deadline || !sleeper_.sleep(kOncePause, stop)) return {false};
  }
}

bool Controller::every_sync_is_well() const {
  const auto syncs = store_.all_syncs();
  return std::all_of(syncs.begin(), syncs.end(), [&](const SyncPtr& sync) {
    const auto status = board_.status_of(*sync);
    const auto* ready = model::find_condition(status.conditions, "Ready");
    if (ready == nullptr) return false;
    static const std::set<std::string> kByPolicy = {
        "Suspended", "DryRun", "NotYetValid", "WaitingForWindow", "WaitingForRollout", "UpdateThrottled"};
    return ready->status == model::ConditionStatus::True || kByPolicy.count(ready->reason) != 0;
  });
}

bool Controller::responsive() const {
  const int active = active_;
  // At the end everything waits for the last pass.
  const bool well = ending_ ? active == 0 : active < options_.workers * kThreadsPerWorker;
  return well || clock_.steady() - heartbeat_.load() < kLongestPass;
}

}  // namespace certsync::engine
