// Sockets on loopback: a listener with one thread for each connection, and a stream that may be TLS.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

struct ssl_st;
struct ssl_ctx_st;

namespace sim {

/// Blocking reads and writes on a connection that somebody else owns and closes. One thread.
class Stream {
 public:
  /// `context` null: plain TCP.
  Stream(int socket, ssl_ctx_st* context);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool handshake();
  /// 0 or less: the connection is over.
  long read(char* buffer, std::size_t size);
  bool write(std::string_view bytes);
  /// Until the other side closes.
  void wait_for_close();
  /// The connection will end with RST and without TLS's goodbye.
  void reset_on_close();
  ssl_st* ssl() const { return ssl_; }

 private:
  int socket_;
  ssl_st* ssl_ = nullptr;
  bool established_ = false;
  bool silent_ = false;
};

/// Accepts on one loopback address until stopped. Thread-safe.
class Listener {
 public:
  using Serve = std::function<void(int socket)>;

  /// Port 0: the system chooses. Throws std::runtime_error when the port is taken, or `host` is none of 127.0.0.0/8.
  explicit Listener(Serve serve, int port = 0, const std::string& host = "127.0.0.1");
  /// Cuts what is open and waits for its threads.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }
  void cut_connections();

 private:
  struct Connection {
    std::thread thread;
    int socket = -1;
    bool finished = false;
  };
  void accept_loop();
  void start(int socket);
  void run(Connection& connection);
  void join_finished();

  Serve serve_;
  int socket_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  bool stopping_ = false;
  std::list<Connection> connections_;
  std::thread acceptor_;
};

}  // namespace sim
