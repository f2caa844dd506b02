#include "sim/request_log.h"

#include <utility>

#include "base/encoding.h"
#include "base/time_text.h"
#include "sim/json.h"

namespace sim {
namespace {

bool is_secret(const std::string& name) {
  const std::string lower = certsync::to_lower(name);
  return lower == "filecontent" || lower == "password" || lower == "passplain" || lower == "new_password" ||
         lower == "sessionid";
}

Json hide(const Json& json) {
  if (json.is_array()) {
    Json::Array items;
    for (const auto& item : json.array()) {
      items.push_back(hide(item));
    }
    return {std::move(items)};
  }
  if (!json.is_object()) return json;
  Json::Object members;
  for (const auto& [name, value] : json.object()) {
    const bool secret = is_secret(name) && value.is_string();
    members.push_back({name, secret ? Json("<" + std::to_string(value.text().size()) + " characters>") : hide(value)});
  }
  return {std::move(members)};
}

std::int64_t unix_microseconds(certsync::TimePoint time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

}  // namespace

bool is_mutating(const Request& request) {
  if (request.method == "GET") return false;
  const std::string path = request.target.substr(0, request.target.find('?'));
  // nspartition takes no other POST than the switch.
  return !path.ends_with("/login") && !path.ends_with("/logout") && !path.ends_with("/nspartition");
}

std::string without_secrets(const std::string& body) {
  if (body.empty()) return {};
  const auto json = parse_json(body);
  if (!json) return "<" + std::to_string(body.size()) + " bytes>";
  return print_compact(hide(*json));
}

std::string to_json_line(const LogEntry& entry) {
  return print_compact(Json(Json::Object{{"number", entry.number},
                                         {"time", certsync::to_rfc3339(entry.time)},
                                         {"unix_us", unix_microseconds(entry.time)},
                                         {"took_us", entry.took.count()},
                                         {"method", entry.method},
                                         {"target", entry.target},
                                         {"body", entry.body},
                                         {"status", entry.status},
                                         {"errorcode", entry.errorcode},
                                         {"mutating", entry.mutating},
                                         {"applied", entry.applied},
                                         {"fault", entry.fault},
                                         {"session", entry.session}}));
}

std::string to_text(const LogEntry& entry) {
  constexpr std::string_view kPrefix = "/nitro/v1/config";
  std::string target = entry.target;
  if (target.starts_with(kPrefix)) target.erase(0, kPrefix.size());
  return entry.method + " " + target + " " + std::to_string(entry.status);
}

void RequestLog::add(LogEntry entry) {
  std::lock_guard lock(mutex_);
  entry.number = ++requests_;
  if (entry.mutating) ++mutating_;
  entries_.push_back(std::move(entry));
  if (entries_.size() > kMaxEntries) entries_.pop_front();
}

std::vector<LogEntry> RequestLog::entries() const {
  std::lock_guard lock(mutex_);
  return {entries_.begin(), entries_.end()};
}

void RequestLog::clear() {
  std::lock_guard lock(mutex_);
  entries_.clear();
  requests_ = 0;
  mutating_ = 0;
}

std::size_t RequestLog::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t RequestLog::mutating() const {
  std::lock_guard lock(mutex_);
  return mutating_;
}

}  // namespace sim
