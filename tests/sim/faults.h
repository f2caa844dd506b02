// Trouble on demand: what happens to a request instead of, or after, the honest answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sim/appliance.h"
#include "sim/message.h"
#include "sim/request_log.h"

namespace sim {

enum class FaultKind {
  Delay,        // `delay`, then the honest answer
  Status,       // `status` with `text` as body, no JSON
  Errorcode,    // a NITRO error; `status` when not 0 replaces the usual one
  ResetBefore,  // nothing is done, the connection is reset
  ResetAfter,   // done, then reset without an answer
  Hang,         // nothing is done, no answer until the connection closes
  HangAfter,    // done, no answer until the connection closes
  HalfBody,     // done, but the body stops in the middle
  Html,         // a web server's page where JSON belongs
  BadJson,      // JSON cut off in the middle, with a Content-Length that fits
  Redirect,     // 302 to `url`
  HugeBody,     // `megabytes` of body
  Drip,         // done; the answer comes one byte each `delay`
  DropSession,  // all sessions die first, then the request is worked on
  OtherAdmin,   // somebody else leaves unsaved work, then the request is worked on; apply_first as below
  FailOver,     // the pair's roles change, then the request is worked on; with apply_first the other way round
};

struct FaultRule {
  FaultKind kind = FaultKind::Delay;
  // The pattern: empty matches everything. `target` between slashes is a regex, else a substring, as is `body`.
  std::string method = {};
  std::string target = {};
  std::string body = {};
  /// Only requests that write something, login and logout apart.
  bool mutating = false;
  /// From the n-th matching request since the rule was added; 0 and 1 mean the first.
  int at = 0;
  /// So often, then never again; negative: always.
  int times = 1;
  std::chrono::milliseconds delay{0};
  int status = 0;
  int errorcode = 0;
  std::string text = {};
  std::string url = {};
  std::size_t megabytes = 600;
  /// For Status, Errorcode, Html and BadJson: the request is worked on before the lie. For FailOver and OtherAdmin:
  /// before the change.
  bool apply_first = false;
};

std::optional<FaultKind> fault_kind(const std::string& name);
std::string fault_name(FaultKind kind);
/// {"kind":"reset_after","target":"sslcertkey","mutating":true,"at":2,...}; an unknown member or kind is refused.
std::optional<FaultRule> parse_fault(const std::string& json);

enum class Delivery { Normal, ResetBefore, ResetAfter, Hang, HalfBody, Huge, Drip };

struct Exchange {
  Response response;
  Delivery delivery = Delivery::Normal;
  std::chrono::milliseconds delay{0};
  std::size_t megabytes = 0;
  int errorcode = 0;
  bool mutating = false;
  bool applied = false;
  std::string fault = {};
};

/// Thread-safe.
class Faults {
 public:
  void add(FaultRule rule);
  void clear();
  /// How often a fault has struck.
  int struck() const;
  Exchange apply(const Request& request, Appliance& appliance);

 private:
  struct Armed {
    FaultRule rule;
    int seen = 0;
    int fired = 0;
  };
  std::vector<FaultRule> pick(const Request& request);

  mutable std::mutex mutex_;
  std::vector<Armed> rules_;
  int struck_ = 0;
};

/// One request through faults and appliance and into the log: what the server does, and an in-process test may.
Exchange serve(const Request& request, Appliance& appliance, Faults& faults, RequestLog& log);

}  // namespace sim
