// What a TLS server shows and whom it believes, from files that somebody else renews.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/clock.h"
#include "base/locked.h"
#include "base/log.h"
#include "base/result.h"
#include "http/server.h"

namespace certsync::http {

/// Thread-safe.
class ServerIdentity {
 public:
  /// `flags`: as ServerOptions has them.
  ServerIdentity(ServerTls files, std::string flags, const Logger& log);

  /// Error Stalled/SpecInvalid: which file, and what is wrong with it.
  Result<void> load();
  /// For a new connection: what the files hold by now, looked at once a second at most.
  std::shared_ptr<boost::asio::ssl::context> current();

 private:
  struct State {
    std::shared_ptr<boost::asio::ssl::context> context;
    std::string stamp;
    SteadyPoint looked_at{};
  };
  Result<std::shared_ptr<boost::asio::ssl::context>> read() const;
  /// Changes when one of the files does.
  std::string stamp() const;

  ServerTls files_;
  std::string flags_;
  const Logger& log_;
  Locked<State> state_;
};

}  // namespace certsync::http
