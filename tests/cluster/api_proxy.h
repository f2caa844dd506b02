// Between an operator and its API server: it reads and numbers each request, and answers one of them wrongly, not at
// all, or holds back what the watches tell.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/control_plane.h"
#include "cluster/tls_client.h"

#include "sim/net.h"

namespace cluster {

/// Each is numbered on its own: how often a Lease is renewed is a matter of time.
enum class Family { Write, Read, Lease };

enum class ApiFault {
  // Answers that are lies: the server never sees the request.
  Conflict,
  Invalid,
  Forbidden,
  TooMany,
  Broken,
  ResetBefore,
  // The server has done it.
  BrokenAfter,
  ResetAfter,
  HalfBody,
  WrongJson,
  // No answer any more, to this request and to all after it: for somebody who is killed then.
  HangBefore,
  HangAfter,
  /// This one is still answered.
  HangNext,
};
std::string to_text(ApiFault fault);
std::string to_text(Family family);

struct ApiPlan {
  Family family = Family::Write;
  /// From the n-th since arm().
  int at = 1;
  ApiFault fault = ApiFault::Conflict;
  int times = 1;
};

/// Thread-safe. Listens on a loopback port of the system's choice, with the API server's own certificate.
class ApiProxy {
 public:
  explicit ApiProxy(const ControlPlane& plane);
  ~ApiProxy();
  ApiProxy(const ApiProxy&) = delete;
  ApiProxy& operator=(const ApiProxy&) = delete;

  /// "127.0.0.1:PORT"
  std::string address() const { return "127.0.0.1:" + std::to_string(listener_->port()); }

  /// Counts from here.
  void arm(const ApiPlan& plan);
  /// No faults any more. Whoever is without an answer gets none: the connection ends.
  void disarm();
  int struck() const;
  /// What the fault met: "PATCH /apis/..., POST /apis/...".
  std::string victims() const;
  /// Since arm().
  int count(Family family) const;
  /// For how long nothing has been asked or under way, watches and Leases apart.
  std::chrono::milliseconds quiet() const;

  /// What the watches tell waits until release_watches(); everything else goes on.
  void hold_watches();
  void release_watches();
  /// It has stood in what a watch told. Names and versions, not long texts: it may have come in two pieces.
  bool told(const std::string& text) const;

 private:
  struct Request;
  using Time = std::chrono::steady_clock;

  void serve(int socket);
  /// False: the connection is to end.
  bool answer(sim::Stream& client, const Request& request);
  bool lie(sim::Stream& client, const Request& request, ApiFault fault);
  bool stream(sim::Stream& client, TlsClient& server);
  /// The whole answer; empty: there was none.
  std::string ask(const Request& request);
  std::unique_ptr<TlsClient> connect();
  void disconnect(std::unique_ptr<TlsClient> server);
  /// What is to be done with it, and it is counted.
  bool strikes(const Request& request, ApiFault& fault);
  void hang();

  std::string server_;
  std::shared_ptr<ssl_ctx_st> context_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool armed_ = false;
  bool hanging_ = false;
  bool holding_ = false;
  ApiPlan plan_;
  std::array<int, 3> counts_{};
  int struck_ = 0;
  std::string victims_;
  int under_way_ = 0;
  Time::time_point last_ = Time::now();
  std::string told_;
  std::set<const TlsClient*> servers_;
  std::unique_ptr<sim::Listener> listener_;  // last: its threads use all of the above
};

}  // namespace cluster
