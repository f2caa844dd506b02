// A TLS client of a few lines, made of OpenSSL alone: it shares nothing with the server it tests.
#pragma once

#include <string>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;

namespace sim::test {

struct Pair;

struct TlsWish {
  std::string server_name = {};
  std::string signature_algorithms = {};  // OpenSSL's list; empty: its default
  bool tls12 = false;
  bool tls13_only = false;
  const Pair* identity = nullptr;  // what it shows when the server asks
  int patience_ms = 0;             // for one read; 0: endless
};

class TlsClient {
 public:
  /// `address` is HOST:PORT with a numeric host.
  explicit TlsClient(const std::string& address, const TlsWish& wish = {});
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool connected() const { return connected_; }
  /// Serial numbers of the chain as sent, leaf first.
  std::vector<long> serials() const;
  void send(const std::string& bytes);
  /// At least one byte, or empty when the connection is over.
  std::string receive();
  /// Until one answer is whole or the connection is over.
  std::string receive_answer();
  std::string receive_all();
  /// The end was a reset and not a goodbye.
  bool was_reset() const { return reset_; }
  void close();

 private:
  int socket_ = -1;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* ssl_ = nullptr;
  bool connected_ = false;
  bool reset_ = false;
};

/// One request on a new connection; the whole answer, or what came of it.
std::string http(const std::string& address, const std::string& method, const std::string& target,
                 const std::string& body = {});

}  // namespace sim::test
