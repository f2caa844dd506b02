// One request on its way through cpprestsdk, and what became of it. cpprestsdk's errors tell neither what happened nor
// whether the request went out, so the connection reports here too.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <cpprest/http_msg.h>
#include <pplx/pplxtasks.h>

#include "http/bounded_body.h"
#include "http/transport.h"

namespace certsync::http {

using Outcome = tl::expected<Response, Failure>;

Outcome failed(FailureKind kind, std::string message, bool maybe_sent);

/// Owned by everybody who may still touch it, so that a completion that comes late finds it alive. Thread-safe.
class Exchange {
 public:
  Exchange(std::string peer, bool tls, std::size_t max_response_bytes)
      : peer_(std::move(peer)),
        tls_(tls),
        max_response_bytes_(max_response_bytes),
        sink_(std::make_shared<BoundedSink>(max_response_bytes)) {}

  const std::shared_ptr<BoundedSink>& sink() const { return sink_; }
  pplx::cancellation_token token() const { return cancellation_->get_token(); }

  // What the connection tells.
  void connection_reused() { reused_ = true; }
  void connection_stale() { stale_ = true; }
  void request_written() { written_ = true; }
  bool accepted() {
    accepted_ = true;
    return !abandoned_;
  }
  void refused(const std::string& why) {
    settle(failed(FailureKind::Untrusted, "certificate of " + peer_ + " is not trusted: " + why, false));
  }
  void received(std::size_t bytes);

  // What the continuations tell.
  void headers_arrived(const web::http::http_response& response);
  void completed();
  void broke(const std::exception_ptr& error);
  void released();

  void cancel() { settle(failed(FailureKind::Cancelled, "cancelled", false)); }

  // For the thread that sent it.
  /// Returns at the deadline even if cpprestsdk does not, and whatever still happens then has no effect.
  Outcome wait(std::chrono::steady_clock::time_point deadline, std::chrono::milliseconds timeout);
  /// Until cpprestsdk has put the connection away.
  bool wait_released(std::chrono::steady_clock::time_point deadline);
  bool stale() const { return stale_; }

 private:
  void settle(Outcome outcome);
  Outcome too_large() const {
    return failed(FailureKind::TooLarge,
                  "the answer of " + peer_ + " is longer than " + std::to_string(max_response_bytes_) + " bytes", true);
  }
  Failure describe(const std::exception_ptr& error) const;
  Failure describe_unsent(int code, const std::string& text) const;
  void abandon();
  /// A plain connection has no handshake to tell that it is up, but there a request is written as soon as it is.
  bool maybe_sent() const { return reused_ || accepted_ || written_; }

  const std::string peer_;
  const bool tls_;
  const std::size_t max_response_bytes_;
  const std::shared_ptr<BoundedSink> sink_;
  const std::shared_ptr<pplx::cancellation_token_source> cancellation_ =
      std::make_shared<pplx::cancellation_token_source>();

  std::atomic<bool> reused_{false};
  std::atomic<bool> stale_{false};
  std::atomic<bool> accepted_{false};
  std::atomic<bool> written_{false};
  std::atomic<bool> abandoned_{false};
  std::atomic<std::size_t> received_bytes_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  Response response_;
  std::optional<Outcome> outcome_;
  bool released_ = false;
};

}  // namespace certsync::http
