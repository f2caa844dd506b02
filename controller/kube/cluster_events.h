// Events in the API server (events.k8s.io/v1), so that `kubectl describe` tells the story. Repeats become a series, as
// client-go's tools/events does: the first is created, the second patched, later ones counted and written now and then.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "kube/api.h"
#include "kube/live_objects.h"
#include "kube/write_queue.h"
#include "ports/status.h"

namespace certsync::kube {

/// Thread-safe; record() does not block and drops when kMostWaiting events wait to be written.
class ClusterEvents final : public ports::EventSink {
 public:
  static constexpr std::size_t kMostWaiting = 1000;
  /// A quiet time after which the same thing is a new event.
  static constexpr std::chrono::minutes kSeriesEnds{6};
  static constexpr std::chrono::minutes kSeriesRefresh{30};

  /// `instance`: this process, at most 128 characters. Every event is also logged, also by a replica that may not
  /// write.
  ClusterEvents(std::string instance, Api& api, const LiveObjects& live, WriteQueue& queue,
                std::function<bool()> may_write, const Clock& clock, const Logger& log);

  void record(const ports::Event& event) override;

 private:
  struct Series {
    model::ObjectRef ref;
    std::string document;
    int count = 1;
    bool created = false;
    int failures = 0;
    TimePoint last{};
    SteadyPoint heard{};
    SteadyPoint patched{};
  };

  void queue(const std::shared_ptr<Series>& series);
  WriteQueue::Outcome write(const std::shared_ptr<Series>& series, std::stop_token stop);

  std::string instance_;
  Api& api_;
  const LiveObjects& live_;
  WriteQueue& queue_;
  std::function<bool()> may_write_;
  const Clock& clock_;
  const Logger& log_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Series>> series_;
  std::uint64_t serial_ = 0;
};

/// The document that creates it. `live` may be null: an object that is gone.
nlohmann::json event_document(const ports::Event& event, const LiveObject* live, const std::string& instance,
                              const std::string& name_suffix, TimePoint now);

}  // namespace certsync::kube
