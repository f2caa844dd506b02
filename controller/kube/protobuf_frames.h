// The other form of a watch: Kubernetes' protobuf, read for the sake of metadata alone. In it what we do not want (half
// of the metadata is managedFields) is stepped over unread, here and, as it is kept encoded, in the API server. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json_fwd.hpp>

#include "kube/watch_frames.h"

namespace certsync::kube {

/// Pieces of a stream in, whole frames out: each is preceded by its length in four bytes, the highest first.
/// k8s.io/apimachinery pkg/util/framer
class FrameSplitter {
 public:
  /// Whether a stream that begins so has frames: a length of 16 MiB is none of ours, and text begins with a brace.
  static bool begins_with_frame(std::string_view bytes) { return !bytes.empty() && bytes.front() == '\0'; }
  /// As LineSplitter does.
  bool feed(std::string_view bytes, const std::function<bool(std::string_view)>& frame);
  bool too_long() const { return too_long_; }

 private:
  std::string rest_;
  bool too_long_ = false;
};

/// What decode_watch_event() makes of the same event as text, but of metadata only name, namespace, uid,
/// resourceVersion, labels and the mark of a bookmark; of an ERROR its Status. Nothing where it is no watch event.
/// Throws nothing.
std::optional<std::pair<WatchType, nlohmann::json>> decode_watch_frame(std::string_view frame);

}  // namespace certsync::kube
