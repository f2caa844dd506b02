// An API server in memory that behaves: versions grow, stale writes conflict, patches are applied, watches tell
// history. What goes wrong, and when, is said by the test: a script is asked each time a watch has nothing more to
// tell.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "kube/api.h"

namespace certsync::kube::test {

/// Where a path leads: "/api/v1/namespaces/team-a/secrets/www/status".
struct Place {
  std::string collection;
  std::string space;
  std::string name;
  std::string subresource;
};

/// One thread at a time.
class FakeApi final : public Api {
 public:
  using json = nlohmann::json;
  /// What happens to a watch that has told everything: nothing = it goes on.
  using Step = std::function<std::optional<ApiResult<void>>(FakeApi&)>;

  // The world.
  /// Creates or replaces the object at `path`; gives its version.
  std::string put(const std::string& path, json object);
  void remove(const std::string& path);
  const json* find(const std::string& path) const;
  std::string version() const { return std::to_string(version_); }
  /// History before now is forgotten: older versions are Expired.
  void compact() { compacted_ = version_; }
  /// The next calls, whatever they are, are answered so.
  void refuse_next(ApiError error) { refusals_.push_back(std::move(error)); }
  /// Done just before the next call is carried out: somebody else was faster.
  void before_next(std::function<void(FakeApi&)> act) { before_.push_back(std::move(act)); }
  bool streaming_lists = true;
  /// Watches are told in protobuf to those who take it.
  bool protobuf = false;
  std::size_t page_size = 500;
  /// Whether the answer of a write gets lost after it was carried out.
  bool lose_next_answer = false;

  // The script of watches.
  void then(Step step) { script_.push_back(std::move(step)); }
  std::stop_source stop;

  /// "GET /api/v1/secrets?limit=500", in their order.
  const std::vector<std::string>& calls() const { return calls_; }
  void forget_calls() { calls_.clear(); }

  ApiResult<std::string> call(Call call, std::stop_token stop) override;
  ApiResult<void> watch(Call call, std::chrono::milliseconds idle, http::BodyReader& reader,
                        std::stop_token stop) override;

 private:
  struct Entry {
    long version = 0;
    std::string type;
    Place place;
    json object;
  };
  using Query = std::map<std::string, std::string>;

  ApiResult<std::string> carry_out(const Call& call, const Place& place, const Query& query);
  ApiResult<std::string> list(const Place& place, const Query& query) const;
  ApiResult<std::string> create(const Place& place, const json& object);
  ApiResult<std::string> update(const Place& place, json object);
  ApiResult<std::string> patch(const Place& place, const Call& call);
  /// As bytes of a watch.
  using Told = std::function<std::string(const std::string& type, const json& object)>;
  bool tell(const Place& place, long& from, http::BodyReader& reader, const Told& told) const;
  static bool matches(const Place& wanted, const Place& place) {
    return wanted.collection == place.collection && (wanted.space.empty() || wanted.space == place.space);
  }
  static std::string key_of(const Place& place) { return place.collection + "|" + place.space + "|" + place.name; }

  long version_ = 100;
  long compacted_ = 0;
  long uids_ = 0;
  std::map<std::string, std::pair<Place, json>> objects_;
  std::vector<Entry> history_;
  std::deque<ApiError> refusals_;
  std::deque<std::function<void(FakeApi&)>> before_;
  std::deque<Step> script_;
  std::vector<std::string> calls_;
};

Place parse_place(const std::string& path);
ApiError api_error(int code, std::string reason = "", std::string message = "");

// Ends of a watch, for scripts.
FakeApi::Step ends();
FakeApi::Step breaks();
FakeApi::Step falls_silent();
FakeApi::Step fails(ApiError error);
/// Changes the world and goes on.
FakeApi::Step meanwhile(std::function<void(FakeApi&)> act);

}  // namespace certsync::kube::test
