// Events once: the same thing about the same object is said again only after something else has been said, or an hour.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "ports/status.h"

namespace certsync::engine {

/// Thread-safe.
class EventGate {
 public:
  EventGate(ports::EventSink& sink, const Clock& clock);

  /// Passes the event on unless this object has said just that, in that topic, before.
  void say(ports::Event event);
  /// The topic is settled: should it come up again, it is news again.
  void settled(const std::string& kind, const model::ObjectRef& regarding, const std::string& reason);
  void forget(const std::string& kind, const model::ObjectRef& regarding);

 private:
  struct Said {
    std::string note;
    SteadyPoint at{};
  };
  using Topic = std::pair<std::string, std::string>;  // object, reason

  ports::EventSink& sink_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<Topic, Said> said_;
};

}  // namespace certsync::engine
