#include "http/server.h"

#include <atomic>
#include <charconv>
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

/// A place among those that may be connected at a time.
class Place {
 public:
  explicit Place(std::atomic<std::size_t>& taken) : taken_(taken), number_(++taken) {}
  ~Place() { --taken_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  std::size_t number() const { return number_; }

 private:
  std::atomic<std::size_t>& taken_;
  std::size_t number_;
};

/// One connection: handshake, one request, one answer. It lives as long as something of it is under way.
template <class Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(Stream stream, std::shared_ptr<net::ssl::context> context, const Handler& handle,
             std::unique_ptr<Place> place)
      : context_(std::move(context)), stream_(std::move(stream)), handle_(handle), place_(std::move(place)) {
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
  std::unique_ptr<Place> place_;
  beast::flat_buffer buffer_{kMostHeaderBytes + kMostBodyBytes};
  beast::http::request_parser<beast::http::string_body> parser_;
  beast::http::response<beast::http::string_body> answer_;
};

}  // namespace

struct Server::Impl {
  Impl(ServerOptions options_, Handler handle_, const Logger& log)
      : options(std::move(options_)), handle(std::move(handle_)) {
    if (options.tls) identity = std::make_unique<ServerIdentity>(*options.tls, log);
  }
  ~Impl() {
    io.stop();
    threads.clear();
  }

  void accept() {
    acceptor.async_accept(net::make_strand(io), [this](boost::system::error_code failed, tcp::socket socket) {
      if (failed == net::error::operation_aborted) return;
      if (failed) return rest();
      begin(std::move(socket));
      accept();
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
    auto place = std::make_unique<Place>(taken);
    if (place->number() > options.most_connections) return;
    if (!identity) {
      std::make_shared<Connection<PlainStream>>(PlainStream(std::move(socket)), nullptr, handle, std::move(place))
          ->run(options.deadline);
      return;
    }
    auto context = identity->current();
    TlsStream stream(std::move(socket), *context);
    std::make_shared<Connection<TlsStream>>(std::move(stream), std::move(context), handle, std::move(place))
        ->run(options.deadline);
  }

  const ServerOptions options;
  const Handler handle;
  std::unique_ptr<ServerIdentity> identity;
  std::atomic<std::size_t> taken{0};
  net::io_context io{kThreads};
  tcp::acceptor acceptor{io};
  net::steady_timer pause{io};
  std::vector<std::jthread> threads;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handle, const Logger& log) {
  const std::string address = options.address;
  const auto wanted = parse(address);
  const auto places = wanted ? endpoints(*wanted) : std::vector<tcp::endpoint>{};
  if (places.empty())
    return fail(ErrorKind::Stalled, Reason::SpecInvalid,
                "\"" + address + "\" is not of the form host:port, with an IP address or nothing as the host");
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
    return fail(ErrorKind::Stalled, Reason::SpecInvalid, "cannot listen on " + address + ": " + failed.message());
  impl->accept();
  for (int i = 0; i < kThreads; ++i)
    impl->threads.emplace_back([&io = impl->io] { io.run(); });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

int Server::port() const {
  boost::system::error_code failed;
  return impl_->acceptor.local_endpoint(failed).port();
}

}  // namespace certsync::http
