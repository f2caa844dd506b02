// Our finalizer: put on resources with deletionPolicy Delete before anything is done for them, taken off when their
// clean-up is done or when they do not ask for one any more.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
#pragma once

#include <functional>

#include "base/log.h"
#include "kube/api.h"
#include "kube/live_objects.h"
#include "kube/write_queue.h"
#include "model/cert_sync.h"

namespace certsync::kube {

/// Thread-safe; nothing blocks.
class Finalizers {
 public:
  Finalizers(Api& api, LiveObjects& live, WriteQueue& queue, std::function<bool()> may_write, const Logger& log);

  /// The resource as just seen: queues what its policy asks for. True: nothing has to be waited for before it is
  /// worked on.
  bool settle(const model::CertSync& sync);
  /// Its clean-up is done.
  void release(const model::ObjectRef& ref);

 private:
  void queue(const model::ObjectRef& ref, bool wanted);
  WriteQueue::Outcome write(const model::ObjectRef& ref, bool wanted, std::stop_token stop);

  Api& api_;
  LiveObjects& live_;
  WriteQueue& queue_;
  std::function<bool()> may_write_;
  const Logger& log_;
};

/// The JSON patch (RFC 6902) that adds or takes away our finalizer and nothing else; null = nothing to do. Its tests
/// make the server refuse it when the list or the object is not the one that was seen.
nlohmann::json finalizer_patch(const LiveObject& live, bool wanted);

}  // namespace certsync::kube
