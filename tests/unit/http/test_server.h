// A server of plain sockets that does to its clients what a test tells it to: a thread per connection runs the
// test's script and may answer, stall, lie about lengths or hang up.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "unit/http/http_test_setup.h"
#include "unit/http/test_certificates.h"
#include <openssl/ssl.h>

#include "base/locked.h"

namespace certsync::http::test {

/// One request as it came in: the first line, the headers, the body.
struct SeenRequest {
  std::string start_line;
  std::string headers;
  std::string body;
  int connection = 0;
};

/// The server's end of one connection; used by the script's thread.
class Connection {
 public:
  Connection(int socket, SSL* tls, int number) : socket_(socket), tls_(tls), number_(number) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool handshake();
  /// Asks for a renegotiation (TLS 1.2); false when the client refuses or leaves.
  bool shake_hands_again();
  /// Nothing when the client is gone or sends no HTTP.
  std::optional<SeenRequest> read_request();
  /// False when the client is gone.
  bool write(std::string_view text);
  /// Writes `piece` until the client is gone.
  void write_for_ever(std::string_view piece);
  /// Returns when the client is gone, or after `limit` with false.
  bool wait_closed(std::chrono::milliseconds limit = std::chrono::minutes(1));
  /// True when the client takes nothing more for a while.
  bool is_stuck();
  /// Hangs up with a TCP RST.
  void reset();
  void shutdown();
  /// Answers a CONNECT, then carries bytes to and from another port of 127.0.0.1 until either side ends.
  void tunnel_to(int port);
  int number() const { return number_; }

 private:
  long read_some(char* start, std::size_t count);

  int socket_;
  SSL* tls_;
  int number_;
  std::string unread_;
};

struct ServerOptions {
  /// Without it, plain HTTP.
  std::optional<Identity> identity = std::nullopt;
  int max_tls_version = TLS1_3_VERSION;
  /// Who must have issued the client's certificate; without it none is asked for.
  std::optional<Identity> client_authority = std::nullopt;
};

class TestServer {
 public:
  using Script = std::function<void(Connection&, const SeenRequest&)>;
  /// Other than Normal: what it does to a client that wants TLS, without reading anything.
  enum class Manner { Normal, Mute, HangUp, NoTls };

  /// `script` runs once per request; the connection ends when the client leaves or the script shut it down.
  TestServer(ServerOptions options, Script script, Manner manner = Manner::Normal);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  int port() const { return port_; }
  /// "https://127.0.0.1:<port>"
  std::string url(const std::string& host = "127.0.0.1") const;
  int connections() const { return connections_; }
  std::vector<SeenRequest> requests() const;
  /// The names asked for by SNI, "-" for none; one per handshake.
  std::vector<std::string> names_asked() const;
  /// Of the connections that have ended.
  std::size_t bytes_written() const { return bytes_written_; }
  /// Returns when so many connections have ended.
  void wait_hung_up(int connections);

 private:
  void accept_all();
  void serve(int socket, int number);
  static int note_name(SSL* tls, int* alert, void* server);

  ServerOptions options_;
  Script script_;
  Manner manner_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<int> ended_{0};
  std::atomic<std::size_t> bytes_written_{0};
  Locked<std::vector<SeenRequest>> requests_;
  Locked<std::vector<std::string>> names_;
  Locked<std::vector<int>> open_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

/// "HTTP/1.1 200 OK", with a length.
std::string ok(std::string_view body = "{}");
/// The headers of an answer in chunks, and one of those; an empty one is the last.
inline constexpr std::string_view kChunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
std::string chunk(std::string_view text);
/// Answers every request with `answer`.
TestServer::Script always(std::string answer);
/// A port of 127.0.0.1 on which nobody listens.
int closed_port();

/// A server with a certificate for 127.0.0.1 that everybody here trusts.
inline ServerOptions tls() {
  return {issue(system_authority(), "a", "IP:127.0.0.1")};
}

/// With the server's port for PORT.
inline std::string with_port(std::string text, const TestServer& server) {
  const auto at = text.find("PORT");
  return at == std::string::npos ? text : text.replace(at, 4, std::to_string(server.port()));
}

}  // namespace certsync::http::test
