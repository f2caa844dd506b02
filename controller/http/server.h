// A small HTTP server for what others ask of us: metrics and health. GET and HEAD, one request a connection, plain or
// by TLS with client certificates. Whoever asks slowly, too much or nonsense holds a place for the deadline at most,
// and keeps nobody out meanwhile.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/result.h"

namespace certsync::http {

/// PEM files, without a password. They are read again when they change; what is broken then is logged once, and what
/// was good stays in force.
struct ServerTls {
  /// The certificate, and its intermediates after it.
  std::string certificate_file;
  std::string key_file;
  /// When given, only clients that show a certificate of this CA are answered.
  std::string client_ca_file;
};

struct Reply {
  int status = 200;
  std::string content_type;
  std::string body;
};

struct ServerOptions {
  /// "host:port" with an IP address or localhost, ":8080" for all interfaces; port 0 takes a free one.
  std::string address;
  std::optional<ServerTls> tls;
  /// What begins the flags by which all this was given, for messages: FLAGS-address, FLAGS-tls-cert-file,
  /// FLAGS-tls-key-file, FLAGS-tls-client-ca-file.
  std::string flags = "--server";
  /// For one connection, from accepting it to the last byte of the answer.
  std::chrono::milliseconds deadline{5000};
  /// At a time; when one more comes, the oldest is cut. Never 0.
  std::size_t most_connections = 64;
};

/// Thread-safe.
class Server {
 public:
  /// `handle`: the answer to a path such as "/metrics"; called by the server's two threads, possibly by both at once.
  /// Error Stalled/SpecInvalid when it cannot listen, or the files cannot be used.
  static Result<std::unique_ptr<Server>> start(ServerOptions options,
                                               std::function<Reply(const std::string& path)> handle, const Logger& log);
  /// Open connections are cut.
  ~Server();
  int port() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace certsync::http
