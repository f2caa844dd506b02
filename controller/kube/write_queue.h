// Writes to the API server that have to happen sooner or later: one per key, the newest wins, tried again with
// back-off.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>

#include "base/clock.h"

namespace certsync::kube {

/// Thread-safe. Bounded by the number of distinct keys, which is the number of objects.
class WriteQueue {
 public:
  enum class Outcome {
    Done,
    /// Passing trouble: again after a back-off, unless something newer has come meanwhile.
    Again,
  };
  using Write = std::function<Outcome(std::stop_token)>;

  explicit WriteQueue(const Clock& clock) : clock_(clock) {}

  void put(const std::string& key, Write write);
  /// What is under way goes on, but is not tried again.
  void forget(const std::string& key);
  /// forget() of all.
  void clear();
  std::size_t size();
  /// Works until stopped, one write at a time.
  void run(std::stop_token stop);
  /// Until nothing waits and nothing is under way; false after `patience`. Needs a run() in another thread.
  bool drain(std::chrono::milliseconds patience);

 private:
  struct Item {
    Write write;
    SteadyPoint due{};
    int failures = 0;
  };
  std::map<std::string, Item>::iterator next_due();
  void tell();

  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Item> items_;
  /// Counts put() and the like, to wake run() for them.
  std::uint64_t changes_ = 0;
  bool busy_ = false;
  std::string busy_with_;
  /// The one under way was forgotten meanwhile.
  bool forgotten_ = false;
};

}  // namespace certsync::kube
