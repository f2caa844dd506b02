// Status written to the API server: the newest of each object, only when it says something new, by the leader only.
#pragma once

#include <functional>

#include "base/clock.h"
#include "base/log.h"
#include "kube/api.h"
#include "kube/live_objects.h"
#include "kube/write_queue.h"
#include "ports/recorder.h"
#include "ports/status.h"

namespace certsync::kube {

/// Thread-safe; write() does not block.
class ClusterStatus final : public ports::StatusSink {
 public:
  /// `may_write`: false once the lease is lost.
  ClusterStatus(Api& api, LiveObjects& live, WriteQueue& queue, std::function<bool()> may_write, const Logger& log,
                ports::Recorder& recorder);

  Result<void> write(const model::CertSync& sync) override;
  Result<void> write(const model::Appliance& appliance) override;

 private:
  struct News;
  void queue(LiveKey key, nlohmann::json status);
  WriteQueue::Outcome patch(const News& news, std::stop_token stop);
  WriteQueue::Outcome refused(const News& news, const ApiError& error, std::stop_token stop, int& conflicts,
                              bool& again);
  bool is_news(const LiveObject& live, const nlohmann::json& status, const std::string& text) const;

  Api& api_;
  LiveObjects& live_;
  WriteQueue& queue_;
  std::function<bool()> may_write_;
  const Logger& log_;
  ports::Recorder& recorder_;
};

/// The merge patch (RFC 7396) that makes `status` the whole status: members that it does not have are removed. It holds
/// uid and resourceVersion, so that neither a namesake nor somebody's newer write is overwritten.
nlohmann::json status_patch(const LiveObject& live, const nlohmann::json& status);

}  // namespace certsync::kube
