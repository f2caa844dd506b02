// A TLS server on a free port of 127.0.0.1 that shows the certificates a test gives it, or misbehaves as it is told.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <openssl/ssl.h>

#include "base/locked.h"
#include "support/test_pki.h"

namespace certsync::probe::test {

/// A leaf with its key, and what is sent behind it.
struct Identity {
  support::Issued leaf;
  std::vector<std::string> chain_pem = {};

  /// What a probe shall see.
  std::vector<std::string> sha256() const;
};

struct ServerOptions {
  /// Shown where no name fits.
  std::vector<Identity> identities = {};
  std::map<std::string, Identity> by_name = {};
  int min_version = TLS1_2_VERSION;
  int max_version = TLS1_3_VERSION;
  bool demand_client_certificate = false;
};

enum class Manner {
  Tls,
  /// Reads what comes and never answers.
  Mute,
  /// Shows its certificates, then never says another word.
  MuteAfterCertificate,
  /// Answers 400 in plain text.
  Http,
  /// Closes at once.
  HangUp,
};

class TlsServer {
 public:
  /// `on_hello` runs on the server's thread when a client has sent its first bytes.
  explicit TlsServer(
      ServerOptions options, Manner manner = Manner::Tls, std::function<void()> on_hello = [] {});
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  int port() const { return port_; }
  /// "127.0.0.1:<port>"
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }
  /// The names asked for by SNI, "-" for none.
  std::vector<std::string> names_asked() const;

 private:
  void accept_all();
  void serve(int socket);
  void serve_tls(int socket);
  static int choose(SSL* tls, void* server);

  ServerOptions options_;
  Manner manner_;
  std::function<void()> on_hello_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  Locked<std::vector<std::string>> names_;
  std::thread thread_;
};

/// A port of 127.0.0.1 on which nobody listens.
int closed_port();

}  // namespace certsync::probe::test
