// One NITRO session per box and user: logged in when first needed, kept, renewed when it dies, logged out at the end.
// Appliances count sessions (20 a user by default) and lock accounts, so logins are rationed:
//   - at most one a minute; not counted: one renewal per pass after 444/1027, and a login with changed credentials
//   - a refused password is tried once per credentials version, then not again for 30 minutes
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/transport.h"
#include "nitro/answer.h"
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
  /// Names the appliance in metrics and messages.
  std::string appliance;
  std::chrono::milliseconds request_timeout{30'000};
};

struct Call {
  http::Method method = http::Method::Get;
  /// After /nitro/v1/config/, percent-encoded: "sslcertkey?action=update".
  std::string resource;
  SecretBytes body;
  /// Begins the message of an error: "update certkey www".
  std::string what;
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
  Result<Answer> call(Call call, std::stop_token stop);
  void logout();

 private:
  Result<Answer> send(Call& call, const std::string& cookie, std::stop_token stop);
  Result<std::string> token(std::stop_token stop);
  Result<std::string> login(std::stop_token stop);
  Result<void> may_login(const Credentials& credentials) const;
  Result<std::string> judge_login(const http::Response& response, const Credentials& credentials);
  void forget_token(const std::string& used);

  SessionOptions options_;
  std::unique_ptr<http::Transport> transport_;
  CredentialsReader credentials_;
  const Clock& clock_;
  const Logger& log_;
  ports::Recorder& recorder_;

  std::mutex login_mutex_;
  std::string cookie_;
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
