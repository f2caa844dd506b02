// Calls on their way to the sink: noted while the source's own state is locked, made after that lock is free, one after
// the other in the order they were noted. So the sink may call back, and never sees two of them out of order.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "base/locked.h"
#include "ports/objects.h"

namespace certsync::manifests {

/// Thread-safe. What one scan pushes bounds it.
class Outbox {
 public:
  using Call = std::function<void(ports::ObjectSink&)>;

  void add(Call call) {
    state_.with([&](State& state) { state.calls.push_back(std::move(call)); });
  }

  /// Makes every call noted so far; when another thread is at it already, that one makes ours too.
  void deliver(ports::ObjectSink& sink) {
    if (state_.with([](State& state) { return std::exchange(state.delivering, true); })) return;
    while (auto call = next())
      call(sink);
  }

 private:
  struct State {
    std::deque<Call> calls;
    bool delivering = false;
  };

  Call next() {
    return state_.with([](State& state) -> Call {
      if (state.calls.empty()) {
        state.delivering = false;
        return nullptr;
      }
      Call call = std::move(state.calls.front());
      state.calls.pop_front();
      return call;
    });
  }

  Locked<State> state_;
};

}  // namespace certsync::manifests
