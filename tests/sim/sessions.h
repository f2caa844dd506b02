// Users, sessions and what a user may do.
#pragma once

#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "base/clock.h"

namespace sim {

/// A command policy: a regex over the CLI command a request turns into, matched in any case.
struct CommandPolicy {
  bool allow = true;
  std::string pattern;
  std::regex compiled;
  /// As it is bound to a user: smaller ones are asked first.
  std::string name = {};
  int priority = 0;
};
/// Throws std::regex_error.
CommandPolicy command_policy(bool allow, const std::string& pattern);

struct User {
  std::string password;
  int max_sessions = 20;
  bool superuser = true;  // no policy needed
  std::vector<CommandPolicy> policies;

  /// The first policy that matches decides; none means no.
  bool may(const std::string& command) const;
};

struct Session {
  std::string id;  // "##<hex>"
  int number = 0;
  std::string user;
  std::string partition = "default";
  std::chrono::seconds idle_limit{1800};  // 0: never
  certsync::TimePoint login_time;
  certsync::TimePoint last_activity;
};

/// Not thread-safe: the appliance's mutex guards it.
class Sessions {
 public:
  Session& open(const std::string& user, std::chrono::seconds idle_limit, certsync::TimePoint now);
  /// Live and not idle for too long; touching it keeps it alive.
  Session* use(const std::string& id, certsync::TimePoint now);
  /// It was once alive, so the answer is 444 and not 1027.
  bool was_known(const std::string& id) const { return dead_.contains(id); }
  int live(const std::string& user, certsync::TimePoint now);
  bool close(const std::string& id);
  bool close_number(int number);
  void close_all();
  const std::map<std::string, Session>& all(certsync::TimePoint now);

 private:
  void expire(certsync::TimePoint now);

  std::map<std::string, Session> sessions_;
  std::map<std::string, bool> dead_;
  int opened_ = 0;
};

}  // namespace sim
