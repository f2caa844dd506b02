// One NITRO session per box and user: logged in when first needed, kept, renewed when it dies, logged out at the end.
// A session is in one admin partition at a time: it is switched when a call is for another one, and begins in the
// default partition after each login (NITRO nspartition, action Switch). Appliances count sessions (20 a user by
// default) and lock accounts, so logins are rationed:
//   - at most one a minute; not counted: one renewal per pass after 444/1027, and a login with changed credentials
//   - a refused password is tried once per credentials version, then not again for 30 minutes
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/transport.h"
#include "nitro/answer.h"
#include "nitro/turnstile.h"
#include "ports/recorder.h"

namespace certsync::nitro {

struct Credentials {
  std::string username;
  SecretBytes password;
  /// Changes when the Secret does.
  std::string version;
};

using CredentialsReader = std::function<Result<Credentials>()>;

struct SessionOptions {
  /// Shared by all sessions with one box; null = no limit.
  std::shared_ptr<Turnstile> turnstile;
};

/// For whom a session works.
struct Client {
  /// Names the appliance in metrics and messages.
  std::string appliance;
  /// Empty = the default one.
  std::string partition;
  int max_concurrent_requests = 4;
  std::chrono::milliseconds request_timeout{30'000};
};

struct Call {
  http::Method method = http::Method::Get;
  /// After /nitro/v1/config/, percent-encoded: "sslcertkey?action=update".
  std::string resource;
  SecretBytes body;
  /// Begins the message of an error: "update certkey www".
  std::string what;
  /// After /nitro/v1/stat/ instead.
  bool statistics = false;
};

/// Thread-safe: callers share the token; one login at a time.
class Session {
 public:
  Session(SessionOptions options, std::unique_ptr<http::Transport> transport, CredentialsReader credentials,
          const Clock& clock, const Logger& log, ports::Recorder& recorder);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// The allowance for one renewal is back.
  void begin_pass();
  /// Logs in if there is no session. The answer may be a NITRO error: the caller knows what it means.
  /// Error: no answer was had, or no login.
  Result<Answer> call(const Client& client, Call call, std::stop_token stop);
  /// One more client, which leaves in the end: the last one logs out.
  void join();
  void leave(const Client& client);
  /// Leaves without a word, as at a crash.
  void abandon();

 private:
  /// A token in the client's partition. While `lock` is held nobody switches.
  Result<std::string> enter(const Client& client, std::shared_lock<std::shared_mutex>& lock, std::stop_token stop);
  Result<void> switch_partition(const Client& client, std::stop_token stop);
  tl::expected<http::Response, http::Failure> exchange(const Client& client, http::Request request,
                                                       const std::stop_token& stop);
  Result<Answer> send(const Client& client, Call& call, const std::string& cookie, std::stop_token stop);
  void logout(const Client& client);
  struct Place {
    std::string cookie;
    /// Nothing = not known: the answer to a switch was lost.
    std::optional<std::string> partition;
  };
  Result<Place> token(const Client& client, std::stop_token stop);
  Result<std::string> login(const Client& client, std::stop_token stop);
  Result<void> may_login(const Credentials& credentials) const;
  Result<std::string> judge_login(const Client& client, const http::Response& response, const Credentials& credentials);
  void forget_token(const std::string& used);

  SessionOptions options_;
  std::unique_ptr<http::Transport> transport_;
  CredentialsReader credentials_;
  const Clock& clock_;
  const Logger& log_;
  ports::Recorder& recorder_;

  /// Shared by calls, held alone for a switch.
  std::shared_mutex partition_mutex_;
  std::mutex login_mutex_;
  std::string cookie_;
  std::optional<std::string> partition_;
  int clients_ = 0;
  bool renewal_left_ = true;
  /// The next login replaces a session that died in this pass.
  bool renewing_ = false;
  /// The session now held came from such a login.
  bool renewed_ = false;
  /// The session now held has been good for something.
  std::atomic<bool> worked_{false};
  std::optional<SteadyPoint> last_login_;
  std::string last_version_;
  std::optional<SteadyPoint> refused_at_;
};

}  // namespace certsync::nitro
