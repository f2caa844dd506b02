// The queue of keys to work on: each key once, never to two workers at a time, an event during work leads to exactly
// one more run. The semantics are those of client-go's workqueue (tools: util/workqueue/queue.go, delaying_queue.go).
#pragma once

#include <condition_variable>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "ports/recorder.h"

namespace certsync::engine {

/// Thread-safe. Bounded by the number of distinct keys, which is the number of appliances.
class WorkQueue {
 public:
  /// `at_once`: keys worked on at a time. Who has worked on one for longer than kLong waits for the other side and not
  /// for us, so another key may be had in its place: those that do not answer must not hold up the others.
  WorkQueue(std::string name, const Clock& clock, ports::Recorder& recorder, int at_once = kNoLimit);
  static constexpr std::chrono::seconds kLong{5};
  static constexpr int kNoLimit = std::numeric_limits<int>::max();

  /// Now, unless it waits already; forgets a later appointment.
  void add(const std::string& key);
  /// Not before `delay`; the earlier of two appointments counts.
  void add_after(const std::string& key, std::chrono::milliseconds delay);
  void forget(const std::string& key);
  /// Forgets everything that is not being worked on.
  void clear();
  /// Waits for a key; nothing once a stop is requested. The key is being worked on until done().
  std::optional<std::string> get(std::stop_token stop);
  void done(const std::string& key);
  /// The key has been added again while it is being worked on.
  bool again(const std::string& key) const;
  /// Nothing ready and nothing being worked on.
  bool idle() const;

 private:
  void push(const std::string& key);
  /// Moves appointments that are due into the queue; returns the next one.
  std::optional<SteadyPoint> move_due();
  /// When one more key may be had; nothing = now.
  std::optional<SteadyPoint> turn() const;
  /// Until a key can be had; false when stopped.
  bool keep_appointments(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);

  std::string name_;
  const Clock& clock_;
  ports::Recorder& recorder_;
  int at_once_;
  mutable std::mutex mutex_;
  /// Of those who wait for a key one keeps the appointments, and the others sleep until it has left with one: so not
  /// all of them wake up now and then in an idle program.
  bool kept_ = false;
  std::condition_variable_any keeper_;
  std::condition_variable_any others_;
  std::deque<std::string> queue_;
  std::set<std::string> dirty_;
  /// Since when.
  std::map<std::string, SteadyPoint> processing_;
  std::map<std::string, SteadyPoint> later_;
  std::size_t appointments_ = 0;
  std::map<std::string, SteadyPoint> since_;
};

}  // namespace certsync::engine
