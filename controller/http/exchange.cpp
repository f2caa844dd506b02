#include "http/exchange.h"

#include <cerrno>
#include <string_view>
#include <utility>

#include <openssl/err.h>

#include "base/time_text.h"

namespace certsync::http {
namespace {

/// For the headers.
constexpr std::size_t kWireOverheadBytes = 1u << 20;

}  // namespace

Outcome failed(FailureKind kind, std::string message, bool maybe_sent) {
  return tl::unexpected(Failure{kind, std::move(message), maybe_sent});
}

void Exchange::received(std::size_t bytes) {
  // cpprestsdk gathers headers and each chunk (of up to 2 GB) whole before the sink sees them. Twice the answer leaves
  // room for the framing of any sensible chunks.
  const std::size_t total = received_bytes_ += bytes;
  if (total > kWireOverheadBytes && (total - kWireOverheadBytes) / 2 > max_response_bytes_) settle(too_large());
}

void Exchange::headers_arrived(const web::http::http_response& response) {
  {
    std::lock_guard lock(mutex_);
    response_.status = response.status_code();
    for (const auto& [name, value] : response.headers())
      response_.headers.emplace_back(name, value);
  }
  if (response.headers().content_length() > max_response_bytes_) settle(too_large());
}

void Exchange::completed() {
  std::lock_guard lock(mutex_);
  if (outcome_) return;
  response_.body = sink_->take();
  outcome_ = std::move(response_);
  changed_.notify_all();
}

void Exchange::broke(const std::exception_ptr& error) {
  if (sink_->overflowed()) return settle(too_large());
  settle(tl::unexpected(describe(error)));
}

void Exchange::released() {
  std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

/// The first one counts: a certificate that was refused also breaks the connection.
void Exchange::settle(Outcome outcome) {
  std::lock_guard lock(mutex_);
  if (outcome_) return;
  outcome_ = std::move(outcome);
  changed_.notify_all();
}

Outcome Exchange::wait(std::chrono::steady_clock::time_point deadline, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const bool in_time = changed_.wait_until(lock, deadline, [this] { return outcome_.has_value(); });
  if (in_time && outcome_->has_value()) return std::move(*outcome_);
  auto outcome = in_time ? *outcome_ : failed(FailureKind::Timeout, {}, false);
  lock.unlock();

  abandon();
  auto& failure = outcome.error();
  if (failure.kind == FailureKind::Cancelled) failure.maybe_sent = maybe_sent();
  if (failure.kind == FailureKind::Timeout) {
    if (maybe_sent())
      return failed(failure.kind, "no complete answer from " + peer_ + " within " + to_duration_text(timeout), true);
    return failed(FailureKind::Unreachable, "no connection to " + peer_ + " within " + to_duration_text(timeout),
                  false);
  }
  return outcome;
}

bool Exchange::wait_released(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [this] { return released_; });
}

/// From here on a handshake that still succeeds is broken off by accepted(), so maybe_sent() does not change any more.
/// The connection is closed by the pool's thread: cpprestsdk closes it under a lock that asio's TLS reads and writes do
/// not take, and closing it beside them crashes in epoll_reactor::start_op.
void Exchange::abandon() {
  abandoned_ = true;
  try {
    pplx::create_task([cancellation = cancellation_] {
      try {
        cancellation->cancel();
      } catch (const std::exception&) {
        // The inactivity timer closes the connection then.
      }
    });
  } catch (const std::exception&) {
    // As above.
  }
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
    const char* reason = ERR_reason_error_string(packed);
    return {FailureKind::Untrusted, "no TLS with " + peer_ + ": " + (reason != nullptr ? reason : "handshake failed"),
            false};
  }
  return {FailureKind::Unreachable, peer_ + " closed the connection during the TLS handshake", false};
}

}  // namespace certsync::http
