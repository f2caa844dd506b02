// How long one probe may wait, and the wish to stop, which ends every wait at once.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "base/clock.h"

namespace certsync::probe {

enum class Waited { Ready, TimedOut, Stopped };

/// For one thread; the stop may come from another.
class Patience {
 public:
  Patience(std::chrono::milliseconds timeout, std::stop_token stop);
  ~Patience();
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

  /// Waits until `socket` shows one of poll's `events`, or an error, at most until `until`.
  Waited wait(int socket, short events, SteadyPoint until) const;
  SteadyPoint deadline() const { return deadline_; }
  const std::stop_token& stop() const { return stop_; }

 private:
  struct Wake {
    int event;
    void operator()() const;
  };

  SteadyPoint deadline_;
  std::stop_token stop_;
  int event_;
  std::optional<std::stop_callback<Wake>> wake_;
};

}  // namespace certsync::probe
