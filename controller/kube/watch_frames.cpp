#include "kube/watch_frames.h"

#include <nlohmann/json.hpp>

#include "kube/members.h"

namespace certsync::kube {
namespace {

using nlohmann::json;

// No object of ours is a tenth as deep. What is deeper is cut off: nlohmann copies and writes JSON by recursion.
constexpr int kDeepest = 100;

/// `depth`: 1 = a member of the object itself. Labels and annotations may be called anything, "data" and "status" too.
bool is_dropped(const std::string& key, int depth, Keep keep) {
  if (depth == 1) {
    return keep == Keep::Metadata && (key == "data" || key == "stringData" || key == "spec" || key == "status");
  }
  return (depth == 2 && key == "managedFields") ||
         (depth == 3 && key == "kubectl.kubernetes.io/last-applied-configuration");
}

// nlohmann drops a member whose key the callback refuses. The annotation's value is skipped with it. `envelope`: how
// deep in the text the object is.
json::parser_callback_t filter(Keep keep, int envelope) {
  return [keep, envelope](int depth, json::parse_event_t event, json& parsed) {
    using Event = json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) return depth < kDeepest;
    return event != Event::key || !is_dropped(parsed.get_ref<const std::string&>(), depth - envelope, keep);
  };
}

}  // namespace

std::optional<WatchType> watch_type(std::string_view word) {
  if (word == "ADDED") return WatchType::Added;
  if (word == "MODIFIED") return WatchType::Modified;
  if (word == "DELETED") return WatchType::Deleted;
  if (word == "BOOKMARK") return WatchType::Bookmark;
  if (word == "ERROR") return WatchType::Error;
  return std::nullopt;
}

bool LineSplitter::feed(std::string_view bytes, const std::function<bool(std::string_view)>& line) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    if (rest_.size() + part.size() > kLongestLine) {
      too_long_ = true;
      rest_.clear();
      return false;
    }
    if (end == std::string_view::npos) {
      rest_.append(part);
      return true;
    }
    bytes.remove_prefix(end + 1);
    bool more = true;
    if (rest_.empty()) {
      if (!part.empty()) more = line(part);
    } else {
      rest_.append(part);
      more = line(rest_);
      rest_.clear();
      rest_.shrink_to_fit();
    }
    if (!more) return false;
  }
  return true;
}

std::optional<std::pair<WatchType, json>> decode_watch_event(std::string_view line, Keep keep) {
  json event = json::parse(line, filter(keep, 1), false);
  const auto type = watch_type(text_of(event, "type"));
  if (!type) return std::nullopt;
  // "status" of a Status object must survive, so an ERROR is parsed whole.
  if (*type == WatchType::Error && keep != Keep::Everything)
    event = json::parse(line, filter(Keep::Everything, 1), false);
  const auto object = event.find("object");
  if (object == event.end() || !object->is_object()) return std::nullopt;
  return std::pair(*type, std::move(*object));
}

std::optional<ListPage> decode_list(std::string_view text, Keep keep, const std::function<void(const json&)>& item) {
  // Items are the objects at depth 2 inside the top-level array "items"; no other member of a list holds an array
  // there.
  bool in_items = false;
  const auto filtered = [&, drop = filter(keep, 2)](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1) in_items = parsed.get_ref<const std::string&>() == "items";
    if (in_items && depth == 2 && event == json::parse_event_t::object_end) {
      item(parsed);
      return false;
    }
    return drop(depth, event, parsed);
  };
  const json list = json::parse(text, filtered, false);
  const json* metadata = member(list, "metadata");
  if (metadata == nullptr || !metadata->is_object()) return std::nullopt;
  return ListPage{text_of(*metadata, "resourceVersion"), text_of(*metadata, "continue")};
}

std::optional<json> decode_object(std::string_view text, Keep keep) {
  json object = json::parse(text, filter(keep, 0), false);
  if (!object.is_object()) return std::nullopt;
  return object;
}

std::string resource_version_of(const json& object) {
  const json* metadata = member(object, "metadata");
  return metadata == nullptr ? "" : text_of(*metadata, "resourceVersion");
}

bool ends_initial_events(const json& bookmark) {
  const json* metadata = member(bookmark, "metadata");
  const json* annotations = metadata == nullptr ? nullptr : member(*metadata, "annotations");
  return annotations != nullptr && text_of(*annotations, kInitialEventsEnd) == "true";
}

}  // namespace certsync::kube
