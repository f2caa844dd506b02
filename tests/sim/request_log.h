// Every request the simulator has seen, without its secrets.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sim/message.h"

namespace sim {

struct LogEntry {
  std::size_t number = 0;  // from 1
  /// When the answer was ready, and how long that took.
  certsync::TimePoint time;
  std::chrono::microseconds took{0};
  std::string method;
  std::string target;
  std::string body;  // file contents and passwords are replaced by their length
  int status = 0;    // 0: no answer was given
  int errorcode = 0;
  bool mutating = false;
  bool applied = false;
  std::string fault;
  /// Tells one client's session from another's: six hex digits of a digest of its token; empty without one.
  std::string session;
};

/// Writes something; login, logout and the switch to a partition do not count.
bool is_mutating(const Request& request);
std::string without_secrets(const std::string& body);
/// One JSON object, no line end.
std::string to_json_line(const LogEntry& entry);
/// "POST /sslcertkey?action=update 200": for pictures in tests.
std::string to_text(const LogEntry& entry);

/// Thread-safe. Keeps the last kMaxEntries; the counters go on.
class RequestLog {
 public:
  static constexpr std::size_t kMaxEntries = 200000;

  void add(LogEntry entry);
  std::vector<LogEntry> entries() const;
  void clear();
  std::size_t requests() const;
  std::size_t mutating() const;

 private:
  mutable std::mutex mutex_;
  std::deque<LogEntry> entries_;
  std::size_t requests_ = 0;
  std::size_t mutating_ = 0;
};

}  // namespace sim
