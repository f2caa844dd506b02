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
#include <string_view>

#include <cpprest/http_msg.h>
#include <pplx/pplxtasks.h>

#include "http/transport.h"

namespace certsync::http {

using Outcome = tl::expected<Response, Failure>;

Outcome failed(FailureKind kind, std::string message, bool maybe_sent);

/// How long a caller waits.
struct Patience {
  std::chrono::steady_clock::time_point deadline;
  /// What the deadline was made of.
  std::chrono::milliseconds timeout;
  std::chrono::milliseconds idle;
};

/// Owned by everybody who may still touch it, so that a completion that comes late finds it alive. Thread-safe.
/// The answer passes from the pool's thread, which must not wait, to the caller's, which may take its time: the pool
/// reads on while no more than kMaxUnreadBytes are on the way.
class Exchange {
 public:
  /// `reader` takes the body of a 2xx; null = every body is collected.
  Exchange(std::string peer, bool tls, std::size_t max_response_bytes, BodyReader* reader)
      : peer_(std::move(peer)), tls_(tls), max_response_bytes_(max_response_bytes), reader_(reader) {}

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
    settle(
        tl::unexpected(Failure{FailureKind::Untrusted, "certificate of " + peer_ + " is not trusted: " + why, false}));
  }
  void received(std::size_t bytes);

  // What cpprestsdk tells.
  void headers_arrived(const web::http::http_response& response);
  /// The task is done when there is room for more.
  pplx::task<std::size_t> body_arrived(std::string_view piece);
  void completed() { settle({}); }
  void broke(const std::exception_ptr& error) { settle(tl::unexpected(describe(error))); }
  void released();

  void cancel();

  // For the thread that sent it.
  /// Takes the answer as it comes. Returns when patience is over even if cpprestsdk does not, and whatever still
  /// happens then has no effect.
  Outcome follow(const Patience& patience);
  /// Until cpprestsdk has put the connection away; false too when it is not fit for another request.
  bool wait_released(std::chrono::steady_clock::time_point deadline);
  bool stale() const { return stale_; }

 private:
  using End = tl::expected<void, Failure>;
  /// What there is to do: a piece to take, or the end.
  struct News {
    std::string piece;
    std::optional<End> end;
  };

  void settle(End end);
  News wait(const Patience& patience);
  std::optional<Outcome> take(const std::string& piece);
  void make_room(std::size_t taken_bytes);
  Outcome give_up(Failure failure);
  void abandon();
  bool collects() const { return reader_ == nullptr || response_.status / 100 != 2; }

  Failure too_large(std::size_t limit) const;
  Failure too_late(const Patience& patience, bool deadline_passed) const;
  Failure describe(const std::exception_ptr& error) const;
  Failure describe_unsent(int code, const std::string& text) const;
  /// A plain connection has no handshake to tell that it is up, but there a request is written as soon as it is.
  bool maybe_sent() const { return reused_ || accepted_ || written_; }

  const std::string peer_;
  const bool tls_;
  const std::size_t max_response_bytes_;
  /// Used by the thread that sent it.
  BodyReader* const reader_;
  const std::shared_ptr<pplx::cancellation_token_source> cancellation_ =
      std::make_shared<pplx::cancellation_token_source>();

  std::atomic<bool> reused_{false};
  std::atomic<bool> stale_{false};
  std::atomic<bool> accepted_{false};
  std::atomic<bool> written_{false};
  std::atomic<bool> abandoned_{false};
  /// The reader takes it all, whatever its length.
  std::atomic<bool> endless_{false};
  /// On the wire, since the last piece of the body.
  std::atomic<std::size_t> received_bytes_{0};

  struct Room {
    pplx::task_completion_event<std::size_t> made;
    std::size_t piece_bytes;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  /// Something happened since the caller last looked.
  bool news_ = false;
  std::atomic<bool> headers_known_{false};
  /// Written by headers_arrived(), before headers_known_; afterwards the caller's.
  Response response_;
  std::string unread_;
  /// Those of unread_ and those in the caller's hands.
  std::size_t unread_bytes_ = 0;
  std::optional<Room> awaited_room_;
  std::optional<End> end_;
  bool released_ = false;
};

}  // namespace certsync::http
