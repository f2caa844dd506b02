#include "sim/sessions.h"

#include <algorithm>
#include <iterator>

#include "base/encoding.h"

namespace sim {

CommandPolicy command_policy(bool allow, const std::string& pattern) {
  return {allow, pattern, std::regex(pattern, std::regex::ECMAScript | std::regex::icase)};
}

bool User::may(const std::string& command) const {
  if (superuser) return true;
  for (const auto& policy : policies) {
    if (std::regex_search(command, policy.compiled)) return policy.allow;
  }
  return false;
}

Session& Sessions::open(const std::string& user, std::chrono::seconds idle_limit, certsync::TimePoint now) {
  ++opened_;
  Session session;
  session.number = opened_;
  session.id = "##" +
               certsync::sha256_hex(user + std::to_string(opened_) + std::to_string(now.time_since_epoch().count())) +
               "0" + std::to_string(opened_);
  session.user = user;
  session.idle_limit = idle_limit;
  session.login_time = now;
  session.last_activity = now;
  const std::string id = session.id;
  return sessions_[id] = std::move(session);
}

void Sessions::expire(certsync::TimePoint now) {
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    const Session& session = it->second;
    const bool idle = session.idle_limit.count() > 0 && now - session.last_activity > session.idle_limit;
    if (idle) dead_[session.id] = true;
    it = idle ? sessions_.erase(it) : std::next(it);
  }
}

Session* Sessions::use(const std::string& id, certsync::TimePoint now) {
  expire(now);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return nullptr;
  found->second.last_activity = now;
  return &found->second;
}

int Sessions::live(const std::string& user, certsync::TimePoint now) {
  expire(now);
  return static_cast<int>(
      std::count_if(sessions_.begin(), sessions_.end(), [&](const auto& entry) { return entry.second.user == user; }));
}

bool Sessions::close(const std::string& id) {
  if (sessions_.erase(id) == 0) return false;
  dead_[id] = true;
  return true;
}

bool Sessions::close_number(int number) {
  const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                  [&](const auto& entry) { return entry.second.number == number; });
  return found != sessions_.end() && close(std::string(found->first));
}

void Sessions::close_all() {
  for (const auto& [id, session] : sessions_) {
    dead_[id] = true;
  }
  sessions_.clear();
}

const std::map<std::string, Session>& Sessions::all(certsync::TimePoint now) {
  expire(now);
  return sessions_;
}

}  // namespace sim
