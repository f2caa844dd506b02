#include "http/exchange.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include "base/time_text.h"

namespace certsync::http {
namespace {

using Clock = std::chrono::steady_clock;

/// For the headers.
constexpr std::size_t kWireOverheadBytes = 1u << 20;
/// cpprestsdk gathers each chunk (of up to 2 GB) whole before it hands it on.
constexpr std::size_t kMaxPieceBytes = 64u << 20;
/// To wake the caller for each small chunk of an answer that is only collected costs more than the chunk.
constexpr std::size_t kCollectedAtOnceBytes = 64u << 10;

/// With TLS 1.3 the verdict on a client's certificate comes after the client's end of the handshake, and always before
/// the server reads a request.
bool is_verdict_on_our_certificate(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return false;
  switch (ERR_GET_REASON(error)) {
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

std::string openssl_reason(unsigned long error) {
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "handshake failed";
}

}  // namespace

Outcome failed(FailureKind kind, std::string message, bool maybe_sent) {
  return tl::unexpected(Failure{kind, std::move(message), maybe_sent});
}

void Exchange::received(std::size_t bytes) {
  // cpprestsdk gathers the headers whole too. Twice the answer leaves room for the framing of any sensible chunks.
  const std::size_t pending = received_bytes_ += bytes;
  const bool too_many = endless_
                            ? pending > kMaxPieceBytes
                            : pending > kWireOverheadBytes && (pending - kWireOverheadBytes) / 2 > max_response_bytes_;
  if (!too_many) return;
  settle(tl::unexpected(too_large(endless_ ? kMaxPieceBytes : max_response_bytes_)));
  // At once: the caller may be held up by its reader.
  abandon();
}

void Exchange::headers_arrived(const web::http::http_response& response) {
  std::unique_lock lock(mutex_);
  response_.status = response.status_code();
  for (const auto& [name, value] : response.headers())
    response_.headers.emplace_back(name, value);
  endless_ = !collects();
  headers_known_ = true;
  news_ = true;
  changed_.notify_all();
  lock.unlock();
  if (!endless_ && response.headers().content_length() > max_response_bytes_)
    settle(tl::unexpected(too_large(max_response_bytes_)));
}

pplx::task<std::size_t> Exchange::body_arrived(std::string_view piece) {
  received_bytes_ = 0;
  std::lock_guard lock(mutex_);
  // Cancelled or settled otherwise: nothing that comes now is read any more.
  if (abandoned_ || end_)
    return pplx::task_from_exception<std::size_t>(std::runtime_error("nobody waits for the answer"));
  unread_ += piece;
  unread_bytes_ += piece.size();
  news_ = true;
  if (reader_ != nullptr || unread_.size() >= std::min(kCollectedAtOnceBytes, max_response_bytes_))
    changed_.notify_all();
  if (unread_bytes_ <= kMaxUnreadBytes) return pplx::task_from_result(piece.size());
  awaited_room_ = Room{{}, piece.size()};
  return pplx::create_task(awaited_room_->made);
}

void Exchange::released() {
  std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

void Exchange::cancel() {
  std::lock_guard lock(mutex_);
  if (end_ && unread_.empty()) return;
  unread_.clear();
  end_ = tl::unexpected(Failure{FailureKind::Cancelled, "cancelled", false});
  changed_.notify_all();
}

/// The first one counts: a certificate that was refused also breaks the connection.
void Exchange::settle(End end) {
  std::lock_guard lock(mutex_);
  if (end_) return;
  end_ = std::move(end);
  changed_.notify_all();
}

Outcome Exchange::follow(const Patience& patience) {
  try {
    for (;;) {
      const auto [piece, end] = wait(patience);
      if (end && !*end) return give_up(end->error());
      if (end) return std::move(response_);
      if (auto outcome = take(piece)) return std::move(*outcome);
      make_room(piece.size());
    }
  } catch (...) {
    abandon();
    throw;
  }
}

Exchange::News Exchange::wait(const Patience& patience) {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto until = std::min(patience.deadline, Clock::now() + patience.idle);
    const bool heard = changed_.wait_until(lock, until, [this] { return news_ || end_; });
    news_ = false;
    if (end_ && (unread_.empty() || !headers_known_)) return {{}, end_};
    const bool deadline_passed = Clock::now() >= patience.deadline;
    if (!end_ && (deadline_passed || !heard)) {
      lock.unlock();
      abandon();
      return {{}, tl::unexpected(too_late(patience, deadline_passed))};
    }
    if (headers_known_ && !unread_.empty()) return {std::exchange(unread_, {}), std::nullopt};
  }
}

/// An outcome when there is nothing more to wait for.
std::optional<Outcome> Exchange::take(const std::string& piece) {
  if (collects()) {
    if (piece.size() > max_response_bytes_ - response_.body.size()) return give_up(too_large(max_response_bytes_));
    response_.body += piece;
    return std::nullopt;
  }
  if (reader_->read(piece)) return std::nullopt;
  abandon();
  return std::move(response_);
}

void Exchange::make_room(std::size_t taken_bytes) {
  std::optional<Room> room;
  {
    std::lock_guard lock(mutex_);
    unread_bytes_ -= taken_bytes;
    if (unread_bytes_ <= kMaxUnreadBytes) room = std::exchange(awaited_room_, std::nullopt);
  }
  if (room) room->made.set(room->piece_bytes);
}

bool Exchange::wait_released(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [this] { return released_ || abandoned_; }) && !abandoned_;
}

Outcome Exchange::give_up(Failure failure) {
  abandon();
  if (failure.kind == FailureKind::Cancelled) failure.maybe_sent = maybe_sent();
  return tl::unexpected(std::move(failure));
}

/// From here on a handshake that still succeeds is broken off by accepted(), so maybe_sent() does not change any more.
/// The connection is closed by the pool's thread: cpprestsdk closes it under a lock that asio's TLS reads and writes do
/// not take, and closing it beside them crashes in epoll_reactor::start_op.
void Exchange::abandon() {
  std::optional<Room> room;
  {
    std::lock_guard lock(mutex_);
    if (abandoned_.exchange(true)) return;
    room = std::exchange(awaited_room_, std::nullopt);
  }
  try {
    pplx::create_task([cancellation = cancellation_] {
      try {
        cancellation->cancel();
      } catch (const std::exception&) {
        // The next piece ends it then, or the inactivity timer.
      }
    });
  } catch (const std::exception&) {
    // As above.
  }
  // What waits for room holds the connection, and this object.
  if (room) room->made.set(room->piece_bytes);
}

Failure Exchange::too_large(std::size_t limit) const {
  return {FailureKind::TooLarge, "the answer of " + peer_ + " is longer than " + std::to_string(limit) + " bytes",
          true};
}

/// After abandon().
Failure Exchange::too_late(const Patience& patience, bool deadline_passed) const {
  const auto limit = to_duration_text(deadline_passed ? patience.timeout : patience.idle);
  if (!maybe_sent()) return {FailureKind::Unreachable, "no connection to " + peer_ + " within " + limit, false};
  if (!deadline_passed) return {FailureKind::Timeout, peer_ + " was silent for " + limit, true};
  return {FailureKind::Timeout, "no complete answer from " + peer_ + " within " + limit, true};
}

Failure Exchange::describe(const std::exception_ptr& error) const {
  int code = 0;
  std::string text;
  try {
    std::rethrow_exception(error);
  } catch (const web::http::http_exception& exception) {
    code = exception.error_code().value();
    text = exception.what();
  } catch (const std::exception& exception) {
    text = exception.what();
  }
  if (stale_) return {FailureKind::Lost, peer_ + " had closed the connection", false};
  const auto packed = static_cast<unsigned long>(static_cast<unsigned int>(code));
  if (accepted_ && !reused_ && !headers_known_ && is_verdict_on_our_certificate(packed))
    return {FailureKind::Untrusted, peer_ + " does not accept our client certificate: " + openssl_reason(packed),
            false};
  const auto begins = [&text](std::string_view words) { return text.compare(0, words.size(), words) == 0; };
  const bool on_the_way = begins("Error resolving") || begins("Failed to resolve") || begins("Failed to connect") ||
                          text.find("roxy") != std::string::npos;
  if (!maybe_sent() && (tls_ || on_the_way)) return describe_unsent(code, text);
  return {FailureKind::Lost, "the connection to " + peer_ + " broke before the answer was complete", true};
}

Failure Exchange::describe_unsent(int code, const std::string& text) const {
  if (text.find("resolv") != std::string::npos && text.find("Failed to connect") == std::string::npos) {
    return {FailureKind::Unreachable, "no address found for " + peer_, false};
  }
  if (text.find("roxy") != std::string::npos) {
    return {FailureKind::Unreachable, "the proxy does not connect to " + peer_, false};
  }
  if (text.find("Failed to connect") != std::string::npos) {
    // cpprestsdk reports a refused connection as EHOSTUNREACH.
    const bool refused = code == EHOSTUNREACH || code == ECONNREFUSED;
    return {FailureKind::Unreachable,
            refused ? "connection refused by " + peer_ + ", or no route to it" : "no connection to " + peer_, false};
  }
  const auto packed = static_cast<unsigned long>(static_cast<unsigned int>(code));
  if (ERR_GET_LIB(packed) == ERR_LIB_SSL) {
    return {FailureKind::Untrusted, "no TLS with " + peer_ + ": " + openssl_reason(packed), false};
  }
  return {FailureKind::Unreachable, peer_ + " closed the connection during the TLS handshake", false};
}

}  // namespace certsync::http
