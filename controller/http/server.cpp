#include "http/server.h"

#include <charconv>
#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "base/descriptor.h"
#include "http/server_identity.h"

namespace certsync::http {
namespace {

namespace beast = boost::beast;
namespace net = boost::asio;
using tcp = net::ip::tcp;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr int kThreads = 2;
constexpr std::chrono::milliseconds kPause{100};
constexpr std::uint32_t kMostHeaderBytes = 8192;
constexpr std::uint64_t kMostBodyBytes = 1024;

struct Listening {
  std::string host;
  std::uint16_t port = 0;
};

std::optional<Listening> parse(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  Listening result{address.substr(0, colon), 0};
  const char* const begin = address.data() + colon + 1;
  const char* const end = address.data() + address.size();
  const auto [stopped, error] = std::from_chars(begin, end, result.port);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  if (result.host.starts_with('[') && result.host.ends_with(']'))
    result.host = result.host.substr(1, result.host.size() - 2);
  if (result.host == "localhost") result.host = "127.0.0.1";
  return result;
}

/// Where to listen, best first: without a host, IPv6 and IPv4 on one port, or IPv4 where there is no IPv6.
std::vector<tcp::endpoint> endpoints(const Listening& wanted) {
  if (wanted.host.empty()) return {{tcp::v6(), wanted.port}, {tcp::v4(), wanted.port}};
  boost::system::error_code failed;
  const auto address = net::ip::make_address(wanted.host, failed);
  if (failed) return {};
  return {{address, wanted.port}};
}

boost::system::error_code listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  boost::system::error_code failed;
  acceptor.open(endpoint.protocol(), failed);
  if (failed) return failed;
  acceptor.set_option(net::socket_base::reuse_address(true), failed);
  if (endpoint.address().is_v6()) acceptor.set_option(net::ip::v6_only(!endpoint.address().is_unspecified()), failed);
  acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(net::socket_base::max_listen_connections, failed);
  if (failed) {
    boost::system::error_code ignored;
    acceptor.close(ignored);
  }
  return failed;
}

using Handler = std::function<Reply(const std::string& path)>;

/// Somebody who is connected.
class Guest {
 public:
  virtual ~Guest() = default;
  /// Thread-safe.
  virtual void cut() = 0;
};

/// One connection: handshake, one request, one answer. It lives as long as something of it is under way.
template <class Stream>
class Connection final : public Guest, public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(Stream stream, std::shared_ptr<net::ssl::context> context, const Handler& handle)
      : context_(std::move(context)), stream_(std::move(stream)), handle_(handle) {
    parser_.header_limit(kMostHeaderBytes);
    parser_.body_limit(kMostBodyBytes);
  }

  void run(std::chrono::milliseconds deadline) {
    auto self = this->shared_from_this();
    net::dispatch(stream_.get_executor(), [self, deadline] {
      beast::get_lowest_layer(self->stream_).expires_after(deadline);
      self->begin();
    });
  }
  void cut() override {
    auto self = this->shared_from_this();
    net::post(stream_.get_executor(), [self] { beast::get_lowest_layer(self->stream_).close(); });
  }

 private:
  void begin() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      auto self = this->shared_from_this();
      stream_.async_handshake(net::ssl::stream_base::server, [self](beast::error_code failed) {
        if (!failed) self->read();
      });
    } else {
      read();
    }
  }

  void read() {
    auto self = this->shared_from_this();
    beast::http::async_read(stream_, buffer_, parser_, [self](beast::error_code failed, std::size_t) {
      if (!failed) self->answer();
    });
  }

  void answer() {
    const auto& request = parser_.get();
    const auto method = request.method();
    Reply reply{405, "text/plain; charset=utf-8", "only GET and HEAD\n"};
    if (method == beast::http::verb::get || method == beast::http::verb::head) {
      const std::string target(request.target());
      reply = handled(target.substr(0, target.find('?')));
    } else {
      answer_.set(beast::http::field::allow, "GET, HEAD");
    }
    answer_.version(11);
    answer_.result(static_cast<unsigned>(reply.status));
    answer_.set(beast::http::field::content_type, reply.content_type);
    answer_.set("X-Content-Type-Options", "nosniff");
    answer_.keep_alive(false);
    answer_.content_length(reply.body.size());
    if (method != beast::http::verb::head) answer_.body() = std::move(reply.body);
    auto self = this->shared_from_this();
    beast::http::async_write(stream_, answer_, [self](beast::error_code failed, std::size_t) {
      if (!failed) self->close();
    });
  }

  Reply handled(const std::string& path) const {
    try {
      return handle_(path);
    } catch (const std::exception& error) {
      return {500, "text/plain; charset=utf-8", std::string(error.what()) + "\n"};
    }
  }

  void close() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      auto self = this->shared_from_this();
      stream_.async_shutdown([self](beast::error_code) {});
    } else {
      beast::error_code ignored;
      stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    }
  }

  // The stream refers to it.
  std::shared_ptr<net::ssl::context> context_;
  Stream stream_;
  const Handler& handle_;
  beast::flat_buffer buffer_{kMostHeaderBytes + kMostBodyBytes};
  beast::http::request_parser<beast::http::string_body> parser_;
  beast::http::response<beast::http::string_body> answer_;
};

}  // namespace

struct Server::Impl {
  Impl(ServerOptions options_, Handler handle_, const Logger& log_)
      : options(std::move(options_)), handle(std::move(handle_)), log(log_) {
    if (options.tls) identity = std::make_unique<ServerIdentity>(*options.tls, options.flags, log);
  }
  ~Impl() {
    io.stop();
    threads.clear();
  }

  void accept() {
    acceptor.async_accept(net::make_strand(io), [this](boost::system::error_code failed, tcp::socket socket) {
      if (failed == net::error::operation_aborted) return;
      if (failed) return rest();
      accept();
      begin(std::move(socket));
    });
  }

  /// Too many descriptors are open, as a rule.
  void rest() {
    pause.expires_after(kPause);
    pause.async_wait([this](boost::system::error_code failed) {
      if (!failed) accept();
    });
  }

  void begin(tcp::socket socket) {
    make_room();
    if (!identity) return welcome(PlainStream(std::move(socket)), nullptr);
    auto context = identity->current();
    TlsStream stream(std::move(socket), *context);
    welcome(std::move(stream), std::move(context));
  }

  // Not the newcomer: else whoever holds all places in silence would keep the others out for the deadline.
  void make_room() {
    std::erase_if(guests, [](const auto& guest) { return guest.expired(); });
    if (guests.size() < options.most_connections) return;
    if (const auto oldest = guests.front().lock()) oldest->cut();
    guests.pop_front();
  }

  template <class Stream>
  void welcome(Stream stream, std::shared_ptr<net::ssl::context> context) {
    const auto guest = std::make_shared<Connection<Stream>>(std::move(stream), std::move(context), handle);
    guests.push_back(guest);
    guest->run(options.deadline);
  }

  void work() {
    while (true) {
      try {
        io.run();
        return;
      } catch (const std::exception& defect) {
        // The last catch: what fails for one connection must not end the program.
        log.error("a connection failed", {{"address", options.address}, {"error", defect.what()}});
      }
    }
  }

  const ServerOptions options;
  const Handler handle;
  const Logger& log;
  std::unique_ptr<ServerIdentity> identity;
  net::io_context io{kThreads};
  /// All about accepting, one thing at a time.
  net::strand<net::io_context::executor_type> door{io.get_executor()};
  tcp::acceptor acceptor{door};
  net::steady_timer pause{door};
  /// The oldest first.
  std::deque<std::weak_ptr<Guest>> guests;
  std::vector<std::jthread> threads;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handle, const Logger& log) {
  const std::string address = options.address;
  const std::string flag = options.flags + "-address";
  const auto wanted = parse(address);
  const auto places = wanted ? endpoints(*wanted) : std::vector<tcp::endpoint>{};
  if (places.empty())
    return fail(ErrorKind::Stalled, Reason::SpecInvalid,
                flag + ": \"" + address + "\" is not of the form host:port, with an IP address or nothing as the host");
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handle), log);
  if (impl->identity) {
    if (auto loaded = impl->identity->load(); !loaded) return tl::unexpected(loaded.error());
  }
  boost::system::error_code failed;
  for (const auto& place : places) {
    failed = listen(impl->acceptor, place);
    // A taken port is taken, whatever the family.
    if (!failed || failed == net::error::address_in_use) break;
  }
  if (failed)
    return fail(ErrorKind::Stalled, Reason::SpecInvalid,
                flag + ": cannot listen on " + address + ": " + failed.message());
  impl->accept();
  for (int i = 0; i < kThreads; ++i)
    impl->threads.emplace_back([self = impl.get()] { self->work(); });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

int Server::port() const {
  boost::system::error_code failed;
  return impl_->acceptor.local_endpoint(failed).port();
}

}  // namespace certsync::http
