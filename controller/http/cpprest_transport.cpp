// The only client of cpprestsdk. Its habits are kept from the rest of the program here:
// - It is asynchronous; send() and stream() wait in the caller's thread, the thread of its pool only hands over.
// - Its timer measures inactivity; the deadline is ours and holds even while getaddrinfo() hangs.
// - Its errors tell neither what happened nor whether the request went out; an Exchange keeps track of that.
// - One http_client mixes the connections of all its requests, and after a request that failed on a kept connection
//   it keeps a socket that was never opened for the next one. So each request has a Lane to itself: an http_client
//   with one connection, kept for the next request when all went well and dropped otherwise.
#include <algorithm>
#include <cerrno>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>

#include <arpa/inet.h>
#include <cpprest/http_client.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <pplx/threadpool.h>
#include <sys/socket.h>

#include "base/locked.h"
#include "http/body_streams.h"
#include "http/exchange.h"
#include "http/tls_identity.h"
#include "http/tls_trust.h"
#include "http/transport.h"

namespace certsync::http {
namespace {

using Clock = std::chrono::steady_clock;
using Socket = boost::asio::ip::tcp::socket;

constexpr std::size_t kMaxIdleLanes = 8;
/// From the last byte of the answer until cpprestsdk has put the connection away: microseconds, unless it is starved.
constexpr std::chrono::milliseconds kMaxTidyUp{100};
/// Our deadline is far shorter; this one only ends what a cancellation could not reach.
constexpr std::chrono::seconds kInactivity{3600};
/// Tells what happens on a lane's connection to the exchange that is using it.
class Line : public TlsObserver {
 public:
  void serve(const std::shared_ptr<Exchange>& exchange) {
    current_.with([&](std::weak_ptr<Exchange>& current) { current = exchange; });
  }
  std::shared_ptr<Exchange> current() const {
    return current_.with([](const std::weak_ptr<Exchange>& current) { return current.lock(); });
  }
  bool accepted() override {
    const auto exchange = current();
    return exchange && exchange->accepted();
  }
  void refused(std::string why) override {
    if (const auto exchange = current()) exchange->refused(why);
  }
  void received(std::size_t bytes) override {
    if (const auto exchange = current()) exchange->received(bytes);
  }

 private:
  Locked<std::weak_ptr<Exchange>> current_;
};

struct Lane {
  std::shared_ptr<Line> line;
  std::unique_ptr<web::http::client::http_client> client;
  bool used = false;
};

/// A peer that vanished says nothing; the kernel finds out before our own timers do.
void probe_when_silent(Socket& socket) {
  const auto set = [&socket](int level, int option, int value) {
    ::setsockopt(socket.native_handle(), level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
}

/// cpprestsdk calls this before each request; the socket of a new connection is not open yet, and is opened here only
/// when there is no doubt about the family. A kept connection must
/// be silent: bytes or an end mean that the server closed it, and then nothing must be sent into it.
void prepare_connection(Line& line, Socket& socket, bool ipv4_only) {
  const auto exchange = line.current();
  if (!socket.is_open() && ipv4_only) {
    socket.open(boost::asio::ip::tcp::v4());
    return probe_when_silent(socket);
  }
  if (!exchange || !socket.is_open()) return;
  exchange->connection_reused();
  char byte = 0;
  const auto count = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
  exchange->connection_stale();
  throw std::runtime_error("the server closed the kept connection");
}

/// Empty if the request can be put on the wire as it is.
std::string defect_of(const Request& request) {
  const auto printable = [](unsigned char c) { return c > 0x20 && c < 0x7f; };
  const auto plain = [](unsigned char c) { return (c >= 0x20 && c != 0x7f) || c == '\t'; };
  const auto& target = request.target;
  if (target.empty() || target.front() != '/' || target.find('#') != std::string::npos ||
      !std::all_of(target.begin(), target.end(), printable)) {
    return "the request's target is not a percent-encoded path";
  }
  const auto bad_header = [&](const auto& header) {
    const auto& [name, value] = header;
    return name.empty() || name.find(':') != std::string::npos || !std::all_of(name.begin(), name.end(), printable) ||
           !std::all_of(value.begin(), value.end(), plain);
  };
  if (std::any_of(request.headers.begin(), request.headers.end(), bad_header) ||
      !std::all_of(request.content_type.begin(), request.content_type.end(), plain)) {
    return "a header of the request holds a control character";
  }
  return request.timeout.count() > 0 ? "" : "the request's time is over";
}

web::http::http_request to_cpprest(const Request& request, const std::shared_ptr<const SecretBytes>& body,
                                   const std::shared_ptr<Exchange>& exchange) {
  web::http::http_request message(web::http::method(std::string(to_text(request.method))));
  message.set_request_uri(web::uri(request.target));
  if (request.method != Method::Get || !body->empty()) {
    concurrency::streams::streambuf<std::uint8_t> source(std::make_shared<BodySource>(body));
    message.set_body(source.create_istream(), body->size(), request.content_type);
    if (request.content_type.empty()) message.headers().remove(web::http::header_names::content_type);
  }
  for (const auto& [name, value] : request.headers)
    message.headers().add(name, value);
  concurrency::streams::streambuf<std::uint8_t> sink(
      std::make_shared<BodySink>([exchange](std::string_view piece) { return exchange->body_arrived(piece); }));
  message.set_response_stream(sink.create_ostream());

  // cpprestsdk drops the handler after the connection is back in its pool: so it carries the news of that.
  const std::shared_ptr<void> news(nullptr, [exchange](void*) { exchange->released(); });
  message.set_progress_handler([exchange, news](web::http::message_direction::direction way, utility::size64_t) {
    // Called for the first time when the headers are written.
    if (way == web::http::message_direction::upload) exchange->request_written();
  });
  return message;
}

void start(web::http::client::http_client& client, const web::http::http_request& message,
           const std::shared_ptr<Exchange>& exchange) {
  client.request(message, exchange->token()).then([exchange](const pplx::task<web::http::http_response>& started) {
    try {
      const auto response = started.get();
      exchange->headers_arrived(response);
      response.content_ready().then([exchange](const pplx::task<web::http::http_response>& finished) {
        try {
          finished.get();
          exchange->completed();
        } catch (...) {
          exchange->broke(std::current_exception());
        }
      });
    } catch (...) {
      exchange->broke(std::current_exception());
    }
  });
}

/// What a caller wants, as long as the call lasts.
struct Call {
  Request request;
  std::chrono::milliseconds idle;
  /// Null = the answer is collected.
  BodyReader* reader;
  std::stop_token stop;
};

/// What the calls and the destructor share, so that either may end first.
class Core {
 public:
  explicit Core(TransportOptions options) : options_(std::move(options)) { defect_ = prepare(); }

  Outcome perform(Call call);
  void close() { closing_.request_stop(); }

 private:
  std::optional<Failure> prepare();
  /// cpprestsdk hands out a socket or a TLS stream as the same void*; in a proxy's tunnel it may be either.
  bool can_inspect() const { return base_.scheme() == "http" || options_.proxy_url.empty(); }
  Lane new_lane() const;
  Lane take_lane();
  void keep_lane(Lane lane);
  struct Attempt {
    Outcome outcome;
    /// Failed on a connection that was closed already.
    bool stale = false;
  };
  Attempt attempt(const Call& call, const std::shared_ptr<const SecretBytes>& body, Lane lane,
                  Clock::time_point deadline);

  TransportOptions options_;
  web::uri base_;
  std::string peer_;
  /// Of all connections, which would take 14 KB each for one of their own. Null without TLS.
  std::shared_ptr<SSL_CTX> context_;
  std::optional<Failure> defect_;
  std::stop_source closing_;
  Locked<std::vector<Lane>> idle_;
};

std::shared_ptr<SSL_CTX> make_context(const TlsTrust& trust, const TlsIdentity* identity) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_options(context.get(), SSL_OP_ALL);
  trust.install(context.get());
  if (identity != nullptr) identity->install(context.get());
  return context;
}

/// The failure that every request will have, if the options are unusable.
std::optional<Failure> Core::prepare() {
  const auto unusable = [](std::string why) { return Failure{FailureKind::Unreachable, std::move(why), false}; };
  try {
    base_ = web::uri(options_.base_url);
    if (!options_.proxy_url.empty() && web::uri(options_.proxy_url).host().empty()) {
      return unusable("the proxy's address is not a URL");
    }
  } catch (const std::exception&) {
    return unusable("the server's or the proxy's address is not a URL");
  }
  if ((base_.scheme() != "http" && base_.scheme() != "https") || base_.host().empty()) {
    return unusable("the server's address must be https://host or https://host:port");
  }
  // cpprestsdk hands the brackets to the resolver.
  if (base_.host().front() == '[') return unusable("use a name in place of the IPv6 address " + base_.host());
  peer_ = base_.port() > 0 ? base_.host() + ":" + std::to_string(base_.port()) : base_.host();
  const auto trust = TlsTrust::make(options_.trust, base_.host());
  if (!trust) return Failure{FailureKind::Untrusted, trust.error(), false};
  const auto identity = TlsIdentity::make(options_.identity.get());
  if (!identity) return Failure{FailureKind::Untrusted, identity.error(), false};
  options_.identity.reset();
  if (base_.scheme() == "https") context_ = make_context(**trust, identity->get());
  return std::nullopt;
}

Lane Core::new_lane() const {
  const auto line = std::make_shared<Line>();
  const bool tls = base_.scheme() == "https";
  web::http::client::http_client_config config;
  config.set_timeout(kInactivity);
  config.set_max_redirects(0);
  config.set_validate_certificates(true);
  config.set_tlsext_sni_enabled(false);
  config.set_ssl_context_callback([ours = context_, line](boost::asio::ssl::context& context) {
    SSL_CTX_up_ref(ours.get());
    context = boost::asio::ssl::context(ours.get());
    TlsTrust::observe_next(line);
  });
  if (!options_.proxy_url.empty()) config.set_proxy(web::web_proxy(web::uri(options_.proxy_url)));
  if (can_inspect()) {
    in_addr address{};
    const bool ipv4_only = options_.proxy_url.empty() && ::inet_pton(AF_INET, base_.host().c_str(), &address) == 1;
    config.set_nativehandle_options([line, tls, ipv4_only](web::http::client::native_handle handle) {
      prepare_connection(
          *line,
          tls ? static_cast<boost::asio::ssl::stream<Socket&>*>(handle)->next_layer() : *static_cast<Socket*>(handle),
          ipv4_only);
    });
  }
  return {line, std::make_unique<web::http::client::http_client>(base_, config)};
}

Lane Core::take_lane() {
  auto kept = idle_.with([](std::vector<Lane>& idle) {
    std::optional<Lane> last;
    if (!idle.empty()) {
      last = std::move(idle.back());
      idle.pop_back();
    }
    return last;
  });
  return kept ? std::move(*kept) : new_lane();
}

void Core::keep_lane(Lane lane) {
  lane.used = true;
  idle_.with([&](std::vector<Lane>& idle) {
    if (idle.size() < kMaxIdleLanes) idle.push_back(std::move(lane));
  });
}

Core::Attempt Core::attempt(const Call& call, const std::shared_ptr<const SecretBytes>& body, Lane lane,
                            Clock::time_point deadline) {
  const auto& request = call.request;
  const auto exchange =
      std::make_shared<Exchange>(peer_, base_.scheme() == "https", request.max_response_bytes, call.reader);
  if (lane.used && !can_inspect()) exchange->connection_reused();
  lane.line->serve(exchange);
  const std::stop_callback on_stop(call.stop, [&] { exchange->cancel(); });
  const std::stop_callback on_close(closing_.get_token(), [&] { exchange->cancel(); });
  start(*lane.client, to_cpprest(request, body, exchange), exchange);

  auto outcome = exchange->follow({deadline, request.timeout, call.idle});
  if (outcome && exchange->wait_released(std::min(deadline, Clock::now() + kMaxTidyUp))) keep_lane(std::move(lane));
  const bool stale = !outcome && outcome.error().kind == FailureKind::Lost && exchange->stale();
  return {std::move(outcome), stale};
}

Outcome Core::perform(Call call) {
  const auto deadline = Clock::now() + call.request.timeout;
  if (defect_) return tl::unexpected(*defect_);
  const auto defect = defect_of(call.request);
  if (!defect.empty()) return failed(FailureKind::Unreachable, defect, false);
  if (call.stop.stop_requested()) return failed(FailureKind::Cancelled, "cancelled", false);
  try {
    // Shared with cpprestsdk, which may still read it when the caller has given up.
    const auto body = std::make_shared<const SecretBytes>(std::move(call.request.body));
    auto [outcome, stale] = attempt(call, body, take_lane(), deadline);
    if (!stale) return std::move(outcome);
    // Nothing was sent, so this is no second sending, whatever the method.
    return attempt(call, body, new_lane(), deadline).outcome;
  } catch (const std::exception& error) {
    return failed(FailureKind::Unreachable, "the request to " + peer_ + " could not be made: " + error.what(), false);
  }
}

class CpprestTransport : public Transport {
 public:
  explicit CpprestTransport(TransportOptions options) : core_(std::make_shared<Core>(std::move(options))) {}
  ~CpprestTransport() override { core_->close(); }
  CpprestTransport(const CpprestTransport&) = delete;
  CpprestTransport& operator=(const CpprestTransport&) = delete;

  Outcome send(Request request, std::stop_token stop) override {
    const auto core = core_;
    const auto timeout = request.timeout;
    return core->perform({std::move(request), timeout, nullptr, std::move(stop)});
  }

  Outcome stream(Request request, std::chrono::milliseconds idle, BodyReader& reader, std::stop_token stop) override {
    if (request.method != Method::Get || !request.body.empty())
      return failed(FailureKind::Unreachable, "only a GET without a body can be streamed", false);
    const auto core = core_;
    const auto longest = std::min(idle, request.timeout);
    return core->perform({std::move(request), longest, &reader, std::move(stop)});
  }

 private:
  std::shared_ptr<Core> core_;
};

/// One thread, whatever the number wished for: cpprestsdk's timer and cancellation close a socket while other threads
/// of the pool are reading from it. With one thread that cannot happen, and it does nothing but hand over.
void start_pool() {
  static std::once_flag once;
  std::call_once(once, [] {
    try {
      crossplat::threadpool::initialize_with_threads(1);
      // Else the first two requests make it at once, under a lock of the library that no sanitizer sees.
      pplx::get_ambient_scheduler();
    } catch (const std::exception&) {
      // Somebody else's pool exists already: it stays as it is.
    }
  });
}

}  // namespace

void initialize_threads(std::size_t) {
  // OpenSSL would tear itself down at exit, while the pool's threads, which nothing joins, may still be in it.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  static std::once_flag once;
  std::call_once(once, keep_system_roots_to_ourselves);
  start_pool();
}

std::unique_ptr<Transport> make_cpprest_transport(TransportOptions options) {
  start_pool();
  return std::make_unique<CpprestTransport>(std::move(options));
}

}  // namespace certsync::http
