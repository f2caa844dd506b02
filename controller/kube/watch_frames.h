// Bytes of lists and watches → objects. Pure. What would be large or secret is dropped while parsing: managedFields
// (half of an object's metadata), the annotation in which kubectl keeps a whole applied object, a Secret's keys with
// it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace certsync::kube {

/// Pieces of a stream in, whole lines out. Watches are newline-delimited JSON.
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
class LineSplitter {
 public:
  /// Etcd takes 1.5 MiB an object; as JSON with its envelope it stays far below this.
  static constexpr std::size_t kLongestLine = 8u << 20;

  /// Calls `line` for each line that is whole now; `line` returns false to stop. False: stopped, or a line is too long
  /// (too_long() then); the rest is dropped.
  bool feed(std::string_view bytes, const std::function<bool(std::string_view)>& line);
  bool too_long() const { return too_long_; }

 private:
  std::string rest_;
  bool too_long_ = false;
};

enum class WatchType { Added, Modified, Deleted, Bookmark, Error };
/// "ADDED" and so on.
std::optional<WatchType> watch_type(std::string_view word);

/// The annotation of the bookmark that ends the initial events of a streaming list (KEP-3157).
inline constexpr char kInitialEventsEnd[] = "k8s.io/initial-events-end";

struct ListPage {
  std::string resource_version;
  /// Empty = the last page.
  std::string continue_token;
};

/// What is left out beside managedFields and last-applied-configuration.
enum class Keep {
  Everything,
  /// Also without data, stringData, spec and status, whatever the server sent.
  Metadata,
};

/// Nothing where the line is no watch event. Throws nothing.
std::optional<std::pair<WatchType, nlohmann::json>> decode_watch_event(std::string_view line, Keep keep);
/// Hands each item over as soon as it is read and keeps none. Nothing where the text is no list.
std::optional<ListPage> decode_list(std::string_view text, Keep keep,
                                    const std::function<void(const nlohmann::json&)>& item);
/// Nothing where the text is no JSON object.
std::optional<nlohmann::json> decode_object(std::string_view text, Keep keep);

/// metadata.resourceVersion, or empty.
std::string resource_version_of(const nlohmann::json& object);
/// It is that bookmark.
bool ends_initial_events(const nlohmann::json& bookmark);

}  // namespace certsync::kube
