#include "unit/kube/fake_api.h"

#include <sstream>

namespace certsync::kube::test {
namespace {

using json = nlohmann::json;

tl::unexpected<ApiError> refuse(int code, std::string reason, std::string message = "") {
  return tl::unexpected(api_error(code, std::move(reason), std::move(message)));
}

std::string line_of(const std::string& type, const json& object) {
  return json{{"type", type}, {"object", object}}.dump() + "\n";
}

/// A field of a protobuf message that is text, bytes or a message.
std::string field(int number, const std::string& content) {
  std::string bytes(1, static_cast<char>(number << 3 | 2));
  std::size_t size = content.size();
  for (; size >= 0x80; size >>= 7)
    bytes += static_cast<char>(size | 0x80);
  return bytes + static_cast<char>(size) + content;
}

std::string number_field(int number, unsigned value) {
  std::string bytes(1, static_cast<char>(number << 3));
  for (; value >= 0x80; value >>= 7)
    bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string metadata_of(const json& object) {
  const auto& metadata = object.at("metadata");
  std::string message;
  const std::map<std::string, int> numbers = {{"name", 1}, {"namespace", 3}, {"uid", 5}, {"resourceVersion", 6}};
  for (const auto& [member, number] : numbers)
    message += field(number, metadata.value(member, ""));
  for (const auto& [member, number] : std::map<std::string, int>{{"labels", 11}, {"annotations", 12}}) {
    const auto pairs = metadata.value(member, json::object());
    for (const auto& [key, value] : pairs.items())
      message += field(number, field(1, key) + field(2, value.get<std::string>()));
  }
  return message;
}

/// A metav1.WatchEvent with its object in the envelope runtime.Unknown, and its length before it.
std::string frame_of(const std::string& type, const json& object) {
  const bool failed = type == "ERROR";
  const auto content = failed ? field(4, object.value("reason", "")) + number_field(6, object.value("code", 0U))
                              : field(1, metadata_of(object));
  const auto event = field(1, type) + field(2, field(1, std::string("k8s\0", 4) + field(2, content)));
  std::string length;
  for (int shift = 24; shift >= 0; shift -= 8)
    length += static_cast<char>(event.size() >> shift);
  return length + event;
}

}  // namespace

ApiError api_error(int code, std::string reason, std::string message) {
  ApiError error;
  error.code = code;
  error.reason = std::move(reason);
  error.message = std::move(message);
  return error;
}

Place parse_place(const std::string& path) {
  std::vector<std::string> parts;
  std::istringstream in(path);
  for (std::string part; std::getline(in, part, '/');)
    parts.push_back(part);
  // "", "api", "v1" or "", "apis", group, version
  const std::size_t prefix = parts.at(1) == "api" ? 3 : 4;
  Place place;
  for (std::size_t i = 1; i < prefix; ++i)
    place.collection += "/" + parts.at(i);
  std::size_t at = prefix;
  if (parts.at(at) == "namespaces" && parts.size() > at + 2) {
    place.space = parts.at(at + 1);
    at += 2;
  }
  place.collection += "/" + parts.at(at++);
  if (at < parts.size()) place.name = parts.at(at++);
  if (at < parts.size()) place.subresource = parts.at(at);
  return place;
}

std::string FakeApi::put(const std::string& path, json object) {
  const Place place = parse_place(path);
  const bool fresh = objects_.count(key_of(place)) == 0;
  auto& metadata = object["metadata"];
  metadata["name"] = place.name;
  if (!place.space.empty()) metadata["namespace"] = place.space;
  metadata["resourceVersion"] = std::to_string(++version_);
  if (!metadata.contains("uid")) {
    metadata["uid"] =
        fresh ? "uid-" + std::to_string(++uids_) : objects_[key_of(place)].second["metadata"]["uid"].get<std::string>();
  }
  objects_[key_of(place)] = {place, object};
  history_.push_back({version_, fresh ? "ADDED" : "MODIFIED", place, object});
  return version();
}

void FakeApi::remove(const std::string& path) {
  const Place place = parse_place(path);
  json object = objects_.at(key_of(place)).second;
  objects_.erase(key_of(place));
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
  history_.push_back({version_, "DELETED", place, object});
}

const json* FakeApi::find(const std::string& path) const {
  const auto found = objects_.find(key_of(parse_place(path)));
  return found == objects_.end() ? nullptr : &found->second.second;
}

ApiResult<std::string> FakeApi::call(Call call, std::stop_token) {
  calls_.push_back(std::string(http::to_text(call.method)) + " " + call.target);
  if (!before_.empty()) {
    auto act = std::move(before_.front());
    before_.pop_front();
    act(*this);
  }
  if (!refusals_.empty()) {
    auto error = std::move(refusals_.front());
    refusals_.pop_front();
    return tl::unexpected(std::move(error));
  }
  const auto mark = call.target.find('?');
  Query query;
  if (mark != std::string::npos) {
    std::istringstream in(call.target.substr(mark + 1));
    for (std::string part; std::getline(in, part, '&');)
      query[part.substr(0, part.find('='))] = part.substr(part.find('=') + 1);
  }
  auto answer = carry_out(call, parse_place(call.target.substr(0, mark)), query);
  if (!lose_next_answer) return answer;
  lose_next_answer = false;
  ApiError lost;
  lost.message = "the connection broke";
  lost.maybe_done = true;
  return tl::unexpected(std::move(lost));
}

ApiResult<std::string> FakeApi::carry_out(const Call& call, const Place& place, const Query& query) {
  switch (call.method) {
    case http::Method::Get: {
      if (place.name.empty()) return list(place, query);
      const auto found = objects_.find(key_of(place));
      if (found == objects_.end()) return refuse(404, "NotFound", "not found");
      return found->second.second.dump();
    }
    case http::Method::Post:
      return create(place, json::parse(call.body));
    case http::Method::Put:
      return update(place, json::parse(call.body));
    case http::Method::Patch:
      return patch(place, call);
    default:
      return refuse(405, "MethodNotAllowed");
  }
}

ApiResult<std::string> FakeApi::list(const Place& place, const Query& query) const {
  std::vector<json> items;
  for (const auto& [key, entry] : objects_) {
    if (matches(place, entry.first)) items.push_back(entry.second);
  }
  const auto token = query.find("continue");
  const std::size_t from = token == query.end() ? 0 : std::stoul(token->second);
  const std::size_t count = query.count("limit") == 0 ? items.size() : page_size;
  json page = {{"kind", "List"}, {"metadata", {{"resourceVersion", version()}}}, {"items", json::array()}};
  for (std::size_t i = from; i < items.size() && i < from + count; ++i)
    page["items"].push_back(items[i]);
  if (from + count < items.size()) page["metadata"]["continue"] = std::to_string(from + count);
  return page.dump();
}

ApiResult<std::string> FakeApi::create(const Place& place, const json& object) {
  Place whole = place;
  whole.name = object["metadata"]["name"];
  const std::string path = place.collection + (place.space.empty() ? "" : "|") + whole.name;
  if (objects_.count(key_of(whole)) != 0) return refuse(409, "AlreadyExists");
  json stored = object;
  stored["metadata"]["resourceVersion"] = std::to_string(++version_);
  stored["metadata"]["uid"] = "uid-" + std::to_string(++uids_);
  objects_[key_of(whole)] = {whole, stored};
  history_.push_back({version_, "ADDED", whole, stored});
  return stored.dump();
}

ApiResult<std::string> FakeApi::update(const Place& place, json object) {
  const auto found = objects_.find(key_of(place));
  if (found == objects_.end()) return refuse(404, "NotFound");
  auto& stored = found->second.second;
  const auto wanted = object["metadata"].value("resourceVersion", "");
  if (!wanted.empty() && wanted != stored["metadata"]["resourceVersion"]) return refuse(409, "Conflict");
  object["metadata"]["uid"] = stored["metadata"]["uid"];
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
  stored = std::move(object);
  history_.push_back({version_, "MODIFIED", place, stored});
  return stored.dump();
}

ApiResult<std::string> FakeApi::patch(const Place& place, const Call& call) {
  const auto found = objects_.find(key_of(place));
  if (found == objects_.end()) return refuse(404, "NotFound");
  json fresh = found->second.second;
  const json body = json::parse(call.body);
  if (call.content_type == kJsonPatch) {
    try {
      fresh = fresh.patch(body);
    } catch (const json::exception& error) {
      return refuse(422, "Invalid", error.what());
    }
  } else {
    const json metadata = body.value("metadata", json::object());
    for (const char* guard : {"uid", "resourceVersion"}) {
      if (metadata.contains(guard) && metadata[guard] != fresh["metadata"][guard]) return refuse(409, "Conflict");
    }
    json part = body;
    if (place.subresource == "status") part = {{"status", body.at("status")}};
    fresh.merge_patch(part);
  }
  if (fresh == found->second.second) return fresh.dump();
  fresh["metadata"]["resourceVersion"] = std::to_string(++version_);
  const bool gone =
      fresh["metadata"].contains("deletionTimestamp") && fresh["metadata"].value("finalizers", json::array()).empty();
  const Place whole = found->second.first;
  found->second.second = fresh;
  history_.push_back({version_, gone ? "DELETED" : "MODIFIED", whole, fresh});
  if (gone) objects_.erase(found);
  return fresh.dump();
}

bool FakeApi::tell(const Place& place, long& from, http::BodyReader& reader, const Told& told) const {
  for (const auto& entry : history_) {
    if (entry.version <= from || !matches(place, entry.place)) continue;
    from = entry.version;
    if (!reader.read(told(entry.type, entry.object))) return false;
  }
  return true;
}

ApiResult<void> FakeApi::watch(Call call, std::chrono::milliseconds, http::BodyReader& reader, std::stop_token) {
  const auto mark = call.target.find('?');
  const std::string query = call.target.substr(mark + 1);
  const Place place = parse_place(call.target.substr(0, mark));
  const bool as_list = query.find("sendInitialEvents") != std::string::npos;
  const bool as_frames = protobuf && call.accept.starts_with("application/vnd.kubernetes.protobuf");
  const Told told = as_frames ? frame_of : line_of;
  const auto at = query.find("resourceVersion=");
  long from = at == std::string::npos ? 0 : std::stol(query.substr(at + std::string("resourceVersion=").size()));
  calls_.push_back(as_list ? "list by stream" : "watch from " + std::to_string(from));
  if (!refusals_.empty()) {
    auto error = std::move(refusals_.front());
    refusals_.pop_front();
    return tl::unexpected(std::move(error));
  }
  if (as_list) {
    if (!streaming_lists) return refuse(422, "Invalid", "sendInitialEvents is forbidden for watch");
    for (const auto& [key, entry] : objects_) {
      if (matches(place, entry.first) && !reader.read(told("ADDED", entry.second))) return {};
    }
    reader.read(told(
        "BOOKMARK",
        {{"metadata", {{"resourceVersion", version()}, {"annotations", {{"k8s.io/initial-events-end", "true"}}}}}}));
    return {};
  }
  if (from < compacted_) {
    reader.read(told("ERROR", {{"kind", "Status"}, {"code", 410}, {"reason", "Expired"}}));
    return {};
  }
  while (tell(place, from, reader, told)) {
    if (script_.empty()) {
      stop.request_stop();
      ApiError cancelled;
      cancelled.cancelled = true;
      return tl::unexpected(std::move(cancelled));
    }
    const Step step = std::move(script_.front());
    script_.pop_front();
    if (auto end = step(*this)) return *end;
  }
  return {};
}

FakeApi::Step ends() {
  return [](FakeApi&) { return ApiResult<void>{}; };
}

FakeApi::Step fails(ApiError error) {
  return [error](FakeApi&) { return ApiResult<void>(tl::unexpected(error)); };
}

FakeApi::Step breaks() {
  ApiError error;
  error.message = "the connection broke";
  error.maybe_done = true;
  return fails(error);
}

FakeApi::Step falls_silent() {
  ApiError error;
  error.timed_out = true;
  error.maybe_done = true;
  return fails(error);
}

FakeApi::Step meanwhile(std::function<void(FakeApi&)> act) {
  return [act = std::move(act)](FakeApi& api) -> std::optional<ApiResult<void>> {
    act(api);
    return std::nullopt;
  };
}

}  // namespace certsync::kube::test
