#include "kube/reflector.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "codec/fields.h"
#include "codec/parts.h"
#include "kube/protobuf_frames.h"

namespace certsync::kube {
namespace {

using nlohmann::json;
using Query = std::vector<std::pair<std::string, std::string>>;

constexpr char kPageSize[] = "500";
constexpr int kMostPages = 10'000;
// GA since Kubernetes 1.15; the server never sends the rest of the object. Protobuf, which for metadata is short to
// read, costs both sides less; a server that has none of it sends text.
constexpr char kMetadata[] =
    "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,"
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
constexpr char kMetadataList[] = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
// What a pod may not do now it may do later; until then there is no point in asking every half minute.
constexpr std::chrono::seconds kWhileRefused{30};

std::string seconds(std::chrono::milliseconds duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

}  // namespace

std::optional<model::ObjectRef> ref_of(const json& object) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return std::nullopt;
  const auto name = metadata->find("name");
  if (name == metadata->end() || !name->is_string()) return std::nullopt;
  const auto space = metadata->find("namespace");
  return model::ObjectRef{space != metadata->end() && space->is_string() ? space->get<std::string>() : "",
                          name->get<std::string>()};
}

void ObjectHandler::changed(const json&) {}
void ObjectHandler::metadata_changed(model::ObjectMeta) {}

/// What one watch told so far. Handed to the API as the reader of its bytes.
struct Reflector::Stream final : http::BodyReader {
  enum class Use { List, Watch };

  Stream(Reflector& owner, Use use_) : reflector(owner), use(use_) {}

  bool read(std::string_view bytes) override {
    if (!frames && !lines) {
      if (FrameSplitter::begins_with_frame(bytes)) {
        frames.emplace();
      } else {
        lines.emplace();
      }
    }
    const auto keep = reflector.resource_.metadata_only ? Keep::Metadata : Keep::Everything;
    const bool more =
        frames ? frames->feed(bytes, [this](std::string_view frame) { return take(decode_watch_frame(frame)); })
               : lines->feed(bytes, [&](std::string_view line) { return take(decode_watch_event(line, keep)); });
    broken = broken || (frames ? frames->too_long() : lines->too_long());
    // Once for all that came together: a list is ten thousand events.
    if (heard) reflector.tell_recorder();
    return more;
  }

  bool take(const std::optional<std::pair<WatchType, json>>& event) {
    if (!event) {
      broken = true;
      return false;
    }
    heard = true;
    const auto& [type, object] = *event;
    if (type == WatchType::Error) {
      error = decode_status(200, object.dump(-1, ' ', false, json::error_handler_t::replace));
      return false;
    }
    const auto version = resource_version_of(object);
    if (type == WatchType::Bookmark) return bookmark(version, ends_initial_events(object));
    reflector.take(object, type);
    passed(version);
    return true;
  }

  bool take(std::optional<MetadataEvent> event) {
    if (!event) {
      broken = true;
      return false;
    }
    heard = true;
    if (event->type == WatchType::Error) {
      error = decode_status(200, event->status);
      return false;
    }
    const auto version = event->meta.resource_version;
    if (event->type == WatchType::Bookmark) return bookmark(version, event->ends_initial_events);
    reflector.take(std::move(event->meta), event->type);
    passed(version);
    return true;
  }

  /// The order of initial events says nothing about their versions: the bookmark at their end does.
  void passed(const std::string& version) {
    if (use == Use::Watch && !version.empty()) reflector.version_ = version;
  }

  bool bookmark(const std::string& version, bool ends_list) {
    if (use == Use::Watch) {
      passed(version);
      return true;
    }
    if (ends_list && !version.empty()) {
      reflector.version_ = version;
      complete = true;
    }
    // A bookmark without that mark comes from a server that took the list for a plain watch.
    return false;
  }

  Reflector& reflector;
  Use use;
  /// One of the two, as the stream begins.
  std::optional<FrameSplitter> frames;
  std::optional<LineSplitter> lines;
  std::optional<ApiError> error;
  bool heard = false;
  bool broken = false;
  bool complete = false;
};

Reflector::Reflector(WatchedResource resource, Api& api, ObjectHandler& handler, ports::Recorder& recorder,
                     const Clock& clock, Sleeper& sleeper, const Logger& log, std::function<double()> random,
                     ReflectorTimes times)
    : resource_(std::move(resource)),
      api_(api),
      handler_(handler),
      recorder_(recorder),
      clock_(clock),
      sleeper_(sleeper),
      log_(log),
      random_(std::move(random)),
      times_(times) {}

void Reflector::run(std::stop_token stop) {
  Next next = Next::List;
  while (!stop.stop_requested()) {
    if ((next == Next::WatchLater || next == Next::ListLater) && !back_off(stop)) return;
    if (next == Next::List || next == Next::ListLater) {
      next = list(stop) ? Next::Watch : Next::ListLater;
    } else {
      next = watch(stop);
    }
  }
}

Call Reflector::call(const Query& query, bool as_list) const {
  Call call;
  call.target = resource_.path;
  char separator = '?';
  for (const auto* part : {&resource_.query, &query}) {
    for (const auto& [name, value] : *part) {
      call.target += separator + name + "=" + percent_encode(value);
      separator = '&';
    }
  }
  if (resource_.metadata_only) call.accept = as_list ? kMetadataList : kMetadata;
  return call;
}

bool Reflector::list(std::stop_token stop) {
  const auto started = clock_.steady();
  ApiResult<void> listed;
  if (streaming_lists_) {
    listed = list_by_stream(stop);
    // Refused or not understood: from now on by pages, beginning at once.
    if (!listed && !streaming_lists_) listed = list_by_pages(stop);
  } else {
    listed = list_by_pages(stop);
  }
  if (stop.stop_requested()) return false;
  if (!listed) {
    if (!failing_) {
      log_.warn("a list failed; it is tried again until it succeeds",
                {{"resource", resource_.path}, {"error", to_text(listed.error())}});
    }
    failing_ = true;
    server_wish_ = listed.error().retry_after;
    if (listed.error().forbidden() || listed.error().not_found()) server_wish_ = kWhileRefused;
    recorder_.watch_restart(resource_.name, "list_failed");
    handler_.list_failed(listed.error());
    return false;
  }
  if (failing_) log_.info("the list succeeds again", {{"resource", resource_.path}});
  failing_ = false;
  forget_unlisted();
  recorder_.watch_listed(resource_.name, clock_.steady() - started);
  tell_recorder();
  handler_.listed();
  return true;
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
ApiResult<void> Reflector::list_by_stream(std::stop_token stop) {
  ++list_number_;
  Stream stream(*this, Stream::Use::List);
  Call call = this->call({{"watch", "1"},
                          {"sendInitialEvents", "true"},
                          {"resourceVersionMatch", "NotOlderThan"},
                          {"allowWatchBookmarks", "true"},
                          {"timeoutSeconds", seconds(times_.watch)}},
                         false);
  call.timeout = times_.watch + times_.slack;
  const auto ended = api_.watch(std::move(call), times_.streaming_list_idle, stream, stop);
  if (stream.complete) return {};
  ApiError error = stream.error ? *stream.error : ended ? ApiError{} : ended.error();
  // Not a matter of rights, of load or of being there: this server has no streaming lists.
  static const std::set<int> kNotAboutStreaming = {401, 403, 404, 408, 410, 429, 500, 503, 504};
  const bool refused = error.code >= 400 && kNotAboutStreaming.count(error.code) == 0;
  const bool ignored = stream.heard && !stream.error && (ended || error.timed_out);
  if (refused || ignored || (error.timed_out && !stream.heard)) {
    log_.debug("no streaming lists here; listing by pages", {{"resource", resource_.path}});
    streaming_lists_ = false;
  }
  if (error.code == 0 && error.message.empty()) error.message = "the list ended before it was complete";
  return tl::unexpected(std::move(error));
}

ApiResult<void> Reflector::list_by_pages(std::stop_token stop) {
  ++list_number_;
  const auto keep = resource_.metadata_only ? Keep::Metadata : Keep::Everything;
  std::string token;
  std::string limit = kPageSize;
  for (int pages = 0; pages < kMostPages; ++pages) {
    Query query;
    if (!limit.empty()) query.emplace_back("limit", limit);
    if (!token.empty()) query.emplace_back("continue", token);
    auto answer = api_.call(call(query, true), stop);
    if (!answer && answer.error().expired() && !token.empty()) {
      // The continue token has outlived etcd's history: everything at once, as client-go's pager does.
      token.clear();
      limit.clear();
      ++list_number_;
      continue;
    }
    if (!answer) return tl::unexpected(std::move(answer.error()));
    const auto page = decode_list(*answer, keep, [&](const json& item) { take(item, WatchType::Added); });
    if (!page || page->resource_version.empty()) {
      ApiError error;
      error.message = "the answer is no list";
      return tl::unexpected(std::move(error));
    }
    version_ = page->resource_version;
    token = page->continue_token;
    if (token.empty()) return {};
  }
  ApiError error;
  error.message = "the list has no end";
  return tl::unexpected(std::move(error));
}

void Reflector::take(const json& object, WatchType type) {
  const auto ref = ref_of(object);
  if (!ref) return;
  if (resource_.metadata_only) {
    codec::Problems ignored;
    const auto scope = ref->space.empty() ? codec::Scope::Cluster : codec::Scope::Namespaced;
    if (auto meta = codec::decode_meta(object, scope, codec::Dialect::Cluster, ignored)) take(std::move(*meta), type);
    return;
  }
  if (type == WatchType::Deleted) return is_gone(*ref);
  known_[*ref] = list_number_;
  handler_.changed(object);
}

void Reflector::take(model::ObjectMeta meta, WatchType type) {
  const auto& [space, name] = meta.ref;
  // As the codec has it of an object that comes as JSON.
  if (!codec::dns_subdomain(name).empty() || (!space.empty() && !codec::dns_label(space).empty())) return;
  if (type == WatchType::Deleted) return is_gone(meta.ref);
  known_[meta.ref] = list_number_;
  handler_.metadata_changed(std::move(meta));
}

void Reflector::is_gone(const model::ObjectRef& ref) {
  known_.erase(ref);
  handler_.gone(ref);
}

void Reflector::tell_recorder() {
  recorder_.watch_heard(resource_.name, clock_.now());
  recorder_.cached_objects(resource_.name, known_.size());
}

void Reflector::forget_unlisted() {
  for (auto it = known_.begin(); it != known_.end();) {
    if (it->second == list_number_) {
      ++it;
      continue;
    }
    handler_.gone(it->first);
    it = known_.erase(it);
  }
}

Reflector::Next Reflector::watch(std::stop_token stop) {
  const auto length = times_.watch + std::chrono::milliseconds(
                                         static_cast<long long>(random_() * static_cast<double>(times_.watch.count())));
  Call call = this->call({{"watch", "1"},
                          {"resourceVersion", version_},
                          {"allowWatchBookmarks", "true"},
                          {"timeoutSeconds", seconds(length)}},
                         false);
  call.timeout = length + times_.slack;
  Stream stream(*this, Stream::Use::Watch);
  const auto started = clock_.steady();
  const auto ended = api_.watch(std::move(call), times_.idle, stream, stop);
  const auto lasted = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - started);
  return judge_end(stream, ended, lasted);
}

Reflector::Next Reflector::judge_end(const Stream& stream, const ApiResult<void>& ended,
                                     std::chrono::milliseconds lasted) {
  if (stream.error) return judge_error(*stream.error);
  if (stream.broken) return later(Next::ListLater, "broken", "what came is no watch event");
  if (!ended && ended.error().code != 0) return judge_error(ended.error());
  if (!ended && ended.error().timed_out) {
    recorder_.watch_restart(resource_.name, "timeout");
    // Silence is also how a server answers that has never heard of our version.
    return stream.heard ? Next::Watch : Next::List;
  }
  if (!ended && !ended.error().maybe_done) return later(Next::WatchLater, "unreachable", ended.error().message);
  if (!stream.heard && lasted < times_.very_short) {
    return later(Next::ListLater, "very_short", "the server ended a watch at once");
  }
  recorder_.watch_restart(resource_.name, ended ? "eof" : "lost");
  return Next::Watch;
}

Reflector::Next Reflector::judge_error(const ApiError& error) {
  server_wish_ = error.retry_after;
  if (error.expired()) {
    recorder_.watch_restart(resource_.name, "expired");
    // At once, unless that is all the server ever says.
    const bool again = clock_.steady() - last_failure_ < times_.very_short;
    last_failure_ = clock_.steady();
    return again ? Next::ListLater : Next::List;
  }
  if (error.code == 429) return later(Next::WatchLater, "throttled", to_text(error));
  return later(Next::ListLater, "error", to_text(error));
}

Reflector::Next Reflector::later(Next next, std::string reason, const std::string& why) {
  recorder_.watch_restart(resource_.name, reason);
  log_.debug("a watch ended; another one follows", {{"resource", resource_.path}, {"reason", reason}, {"error", why}});
  return next;
}

bool Reflector::back_off(std::stop_token stop) {
  const auto now = clock_.steady();
  if (now - last_failure_ > times_.backoff_reset) failures_ = 0;
  std::chrono::milliseconds wait = times_.backoff_first * (1 << std::min(failures_, 10));
  wait = std::min(wait, times_.backoff_most);
  // Jitter of client-go's manager: once to twice.
  wait += std::chrono::milliseconds(static_cast<long long>(random_() * static_cast<double>(wait.count())));
  if (server_wish_) wait = std::max(wait, *server_wish_);
  server_wish_.reset();
  ++failures_;
  const bool waited = sleeper_.sleep(wait, std::move(stop));
  last_failure_ = clock_.steady();
  return waited;
}

}  // namespace certsync::kube
