// The other form of a watch: Kubernetes' protobuf, read for the sake of metadata alone. In it what we do not want (half
// of the metadata is managedFields) is stepped over unread, here and, as it is kept encoded, in the API server. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "kube/watch_frames.h"
#include "model/object.h"

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

struct MetadataEvent {
  WatchType type = WatchType::Error;
  /// Name, namespace, uid, resourceVersion and labels, as the server says; the rest is not read.
  model::ObjectMeta meta;
  /// Of a bookmark.
  bool ends_initial_events = false;
  /// Of an ERROR: its Status, as JSON.
  std::string status;
};

/// Nothing where it is no watch event. Throws nothing.
std::optional<MetadataEvent> decode_watch_frame(std::string_view frame);

}  // namespace certsync::kube
