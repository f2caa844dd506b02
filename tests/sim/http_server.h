// HTTP/1.1 over TLS or plain TCP, one thread for each connection, able to misbehave as an Exchange says.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "sim/faults.h"
#include "sim/net.h"

namespace sim {

/// Thread-safe.
class HttpServer {
 public:
  using Handler = std::function<Exchange(const Request&)>;

  /// Plain HTTP when `certificate_pem` is empty.
  HttpServer(Handler handler, const std::string& certificate_pem, const std::string& key_pem,
             std::string host = "127.0.0.1", int port = 0);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const std::string& host() const { return host_; }
  int port() const { return port_; }
  /// Connections are refused until start(), which takes the same port again.
  void stop();
  void start();
  void cut_connections();

 private:
  void serve(int socket);
  /// False when the connection is to end.
  bool deliver(Stream& stream, const Exchange& exchange, bool keep_alive);
  bool deliver_huge(Stream& stream, const Exchange& exchange);
  /// False when the server stops first.
  bool pause(std::chrono::milliseconds time);

  Handler handler_;
  std::shared_ptr<ssl_ctx_st> context_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::string host_;
  int port_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace sim
