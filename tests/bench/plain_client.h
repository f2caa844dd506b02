// The least that can speak to an appliance: one warm connection, blocking, no checks, OpenSSL and nothing else. What it
// takes is the limit that a real client is held against.
#pragma once

#include <string>
#include <utility>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;

namespace bench {

struct PlainRequest {
  std::string method;
  std::string target;
  std::string body = {};
};

struct PlainAnswer {
  int status = 0;
  std::string headers;
  std::string body;
};

/// Not thread-safe. Throws std::runtime_error when the connection fails.
class PlainClient {
 public:
  /// "https://127.0.0.1:PORT", or http.
  explicit PlainClient(const std::string& url);
  ~PlainClient();
  PlainClient(const PlainClient&) = delete;
  PlainClient& operator=(const PlainClient&) = delete;

  PlainAnswer send(const PlainRequest& request);
  /// NITRO's login; later requests carry the session.
  void login(const std::string& user, const std::string& password);
  std::string session() const { return session_; }
  void join_session(std::string session) { session_ = std::move(session); }

 private:
  void write(const std::string& bytes);
  void read_more();

  std::string host_;
  int socket_ = -1;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* ssl_ = nullptr;
  std::string session_;
  std::string buffer_;
};

/// Sends them in order, over so many warm connections at once; what follows a change of `phase` waits for all before.
struct PhasedRequest {
  PlainRequest request;
  int phase = 0;
};
/// How many answers were no success.
std::size_t replay(std::vector<PlainClient*> connections, const std::vector<PhasedRequest>& requests);

}  // namespace bench
