// One TLS connection to a server on loopback, from the client's side.
#pragma once

#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace cluster {

/// Blocking. One thread, but for cut(), which any may call. Nothing is verified: what is at the other end is the
/// test's.
class TlsClient {
 public:
  /// `address`: "127.0.0.1:PORT"
  explicit TlsClient(const std::string& address);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool connected() const { return connected_; }
  bool write(std::string_view bytes);
  /// What has come; empty: the connection is over.
  std::string read();
  /// Ends what is being read or written.
  void cut() const;

 private:
  int socket_ = -1;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* ssl_ = nullptr;
  bool connected_ = false;
};

}  // namespace cluster
