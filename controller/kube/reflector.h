// One resource of the API server, mirrored: list, then watch from there, and all the ways in which that goes wrong.
// Semantics of client-go's tools/cache/reflector.go, but for one: every list is consistent (resourceVersion unset), so
// the mirror never goes back in time, whichever API server answers.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/sleeper.h"
#include "kube/api.h"
#include "kube/watch_frames.h"
#include "model/object.h"
#include "ports/recorder.h"

namespace certsync::kube {

struct WatchedResource {
  /// For logs and metrics: "tls-secrets", "netscalercertsyncs/team-a".
  std::string name;
  /// "/api/v1/namespaces/team-a/secrets"
  std::string path;
  /// Added to every list and watch: fieldSelector and the like, not encoded.
  std::vector<std::pair<std::string, std::string>> query = {};
  /// As PartialObjectMetadata: the server never sends the rest.
  bool metadata_only = false;
};

/// Called from the reflector's thread, in the order in which the server told it.
class ObjectHandler {
 public:
  virtual ~ObjectHandler() = default;
  /// Came or changed; may be told again unchanged. The first of a resource that is watched whole, the second of one
  /// whose metadata alone is: annotations and times may be missing there.
  virtual void changed(const nlohmann::json& object);
  virtual void metadata_changed(model::ObjectMeta meta);
  virtual void gone(const model::ObjectRef& ref) = 0;
  /// The picture is whole, for the first time or again after a gap.
  virtual void listed() = 0;
  /// A list failed; tried again with back-off for ever.
  virtual void list_failed(const ApiError& error) = 0;
};

struct ReflectorTimes {
  /// A watch is asked to end after a random time between once and twice this.
  std::chrono::milliseconds watch{std::chrono::minutes(5)};
  /// Then it is given up, should the server not have ended it.
  std::chrono::milliseconds slack{std::chrono::seconds(30)};
  /// Silence after which a watch counts as half-open. Bookmarks come about once a minute; where none come, this costs a
  /// new watch from the same version and no list.
  std::chrono::milliseconds idle{std::chrono::seconds(90)};
  /// Silence after which a streaming list counts as not to be had.
  std::chrono::milliseconds streaming_list_idle{std::chrono::seconds(10)};
  /// A watch that ends sooner without an event tells of a server that has no use for our version.
  std::chrono::milliseconds very_short{std::chrono::seconds(1)};
  std::chrono::milliseconds backoff_first{800};
  std::chrono::milliseconds backoff_most{std::chrono::seconds(30)};
  /// Without trouble for so long, the back-off starts anew.
  std::chrono::milliseconds backoff_reset{std::chrono::minutes(2)};
};

/// run() in one thread; the rest is thread-safe.
class Reflector {
 public:
  /// `random`: [0, 1).
  Reflector(WatchedResource resource, Api& api, ObjectHandler& handler, ports::Recorder& recorder, const Clock& clock,
            Sleeper& sleeper, const Logger& log, std::function<double()> random, ReflectorTimes times = {});

  /// Until stopped.
  void run(std::stop_token stop);

 private:
  enum class Next { Watch, List, WatchLater, ListLater };
  struct Stream;

  bool list(std::stop_token stop);
  ApiResult<void> list_by_stream(std::stop_token stop);
  ApiResult<void> list_by_pages(std::stop_token stop);
  /// What the list that ends now has not shown is gone.
  void forget_unlisted();
  Next watch(std::stop_token stop);
  Next judge_end(const Stream& stream, const ApiResult<void>& ended, std::chrono::milliseconds lasted);
  Next judge_error(const ApiError& error);
  Next later(Next next, std::string reason, const std::string& why);
  /// Waits out the back-off; false when stopped.
  bool back_off(std::stop_token stop);
  Call call(const std::vector<std::pair<std::string, std::string>>& query, bool as_list) const;
  void take(const nlohmann::json& object, WatchType type);
  void take(model::ObjectMeta meta, WatchType type);
  void is_gone(const model::ObjectRef& ref);
  /// That something came, and how much there is now.
  void tell_recorder();

  WatchedResource resource_;
  Api& api_;
  ObjectHandler& handler_;
  ports::Recorder& recorder_;
  const Clock& clock_;
  Sleeper& sleeper_;
  const Logger& log_;
  std::function<double()> random_;
  ReflectorTimes times_;

  /// With the number of the list that was under way, or the last one, when it was last seen.
  std::map<model::ObjectRef, std::uint32_t> known_;
  std::uint32_t list_number_ = 0;
  std::string version_;
  bool streaming_lists_ = true;
  bool failing_ = false;
  int failures_ = 0;
  SteadyPoint last_failure_{};
  std::optional<std::chrono::milliseconds> server_wish_;
};

/// The name and namespace of an object; nothing where it has none.
std::optional<model::ObjectRef> ref_of(const nlohmann::json& object);

}  // namespace certsync::kube
