#include "unit/http/test_server.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace certsync::http::test {
namespace {

/// A bound socket of 127.0.0.1 and its port.
std::pair<int, int> bind_any_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CERTSYNC_CHECK(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  socklen_t length = sizeof address;
  CERTSYNC_CHECK(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  return {socket, ntohs(address.sin_port)};
}

SSL_CTX* make_context(const ServerOptions& options) {
  if (!options.identity) return nullptr;
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  const auto& [certificate_pem, key_pem] = *options.identity;
  BIO* certificate_in = BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size()));
  BIO* key_in = BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size()));
  X509* certificate = PEM_read_bio_X509(certificate_in, nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_in, nullptr, nullptr, nullptr);
  CERTSYNC_CHECK(SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1);
  X509_free(certificate);
  EVP_PKEY_free(key);
  BIO_free(certificate_in);
  BIO_free(key_in);
  if (options.client_authority) {
    const auto& authority_pem = options.client_authority->certificate_pem;
    BIO* authority_in = BIO_new_mem_buf(authority_pem.data(), static_cast<int>(authority_pem.size()));
    X509* authority = PEM_read_bio_X509(authority_in, nullptr, nullptr, nullptr);
    CERTSYNC_CHECK(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority) == 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    X509_free(authority);
    BIO_free(authority_in);
  }
  // TLS 1.0 and 1.1 need security level 0 in OpenSSL 3.
  if (options.max_tls_version < TLS1_2_VERSION) SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context, options.max_tls_version);
  return context;
}

std::size_t content_length_of(const std::string& headers) {
  const auto at = headers.find("Content-Length:");
  return at == std::string::npos ? 0 : std::strtoull(headers.c_str() + at + 15, nullptr, 10);
}

}  // namespace

Connection::~Connection() {
  SSL_free(tls_);
}

bool Connection::handshake() {
  return tls_ == nullptr || SSL_accept(tls_) == 1;
}

bool Connection::shake_hands_again() {
  if (SSL_renegotiate(tls_) != 1 || SSL_do_handshake(tls_) != 1) return false;
  // The handshake itself takes place when the client's answer is read, and the read shall end with it.
  SSL_clear_mode(tls_, SSL_MODE_AUTO_RETRY);
  char ignored[1];
  return SSL_read(tls_, ignored, sizeof ignored) < 0 && SSL_get_error(tls_, -1) == SSL_ERROR_WANT_READ;
}

long Connection::read_some(char* start, std::size_t count) {
  if (tls_ != nullptr) return SSL_read(tls_, start, static_cast<int>(count));
  return ::recv(socket_, start, count, 0);
}

std::optional<SeenRequest> Connection::read_request() {
  const auto read_more = [this] {
    char part[4096];
    const long count = read_some(part, sizeof part);
    if (count > 0) unread_.append(part, static_cast<std::size_t>(count));
    return count > 0;
  };
  std::size_t end = 0;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return std::nullopt;
  }
  SeenRequest request;
  const auto line_end = unread_.find("\r\n");
  request.start_line = unread_.substr(0, line_end);
  request.headers = unread_.substr(line_end + 2, end - line_end);
  request.connection = number_;
  unread_.erase(0, end + 4);
  const auto length = content_length_of(request.headers);
  while (unread_.size() < length) {
    if (!read_more()) return std::nullopt;
  }
  request.body = unread_.substr(0, length);
  unread_.erase(0, length);
  return request;
}

bool Connection::write(std::string_view text) {
  while (!text.empty()) {
    const long count = tls_ != nullptr ? SSL_write(tls_, text.data(), static_cast<int>(text.size()))
                                       : ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    const bool slow = tls_ != nullptr ? SSL_get_error(tls_, static_cast<int>(count)) == SSL_ERROR_WANT_WRITE
                                      : errno == EAGAIN || errno == EWOULDBLOCK;
    if (!slow || wait_closed(std::chrono::milliseconds(0))) return false;
  }
  return true;
}

void Connection::write_for_ever(std::string_view piece) {
  while (write(piece)) {
  }
}

bool Connection::wait_closed(std::chrono::milliseconds limit) {
  pollfd waiting{socket_, POLLRDHUP, 0};
  return ::poll(&waiting, 1, static_cast<int>(limit.count())) > 0;
}

bool Connection::is_stuck() {
  pollfd waiting{socket_, POLLOUT, 0};
  return ::poll(&waiting, 1, 200) == 0;
}

void Connection::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  // A socket that is connected to nobody lets go of its peer; what is unread makes that a reset.
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  CERTSYNC_CHECK(::connect(socket_, &nobody, sizeof nobody) == 0);
}

void Connection::shutdown() {
  if (tls_ != nullptr) SSL_shutdown(tls_);
  ::shutdown(socket_, SHUT_RDWR);
}

void Connection::tunnel_to(int port) {
  const int other = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CERTSYNC_CHECK(::connect(other, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  write("HTTP/1.1 200 Connected\r\n\r\n");
  for (bool open = true; open;) {
    pollfd ends[] = {{socket_, POLLIN, 0}, {other, POLLIN, 0}};
    ::poll(ends, 2, -1);
    for (int from = 0; from < 2 && open; ++from) {
      if (ends[from].revents == 0) continue;
      char part[4096];
      const auto count = ::recv(ends[from].fd, part, sizeof part, 0);
      open = count > 0 && ::send(ends[1 - from].fd, part, static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
    }
  }
  ::close(other);
  shutdown();
}

TestServer::TestServer(ServerOptions options, Script script, Manner manner)
    : options_(std::move(options)),
      script_(std::move(script)),
      manner_(manner),
      context_(make_context(options_), SSL_CTX_free) {
  // OpenSSL writes without MSG_NOSIGNAL.
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  CERTSYNC_CHECK(::sigaction(SIGPIPE, &ignore, nullptr) == 0);
  if (context_) {
    SSL_CTX_set_tlsext_servername_callback(context_.get(), &TestServer::note_name);
    SSL_CTX_set_tlsext_servername_arg(context_.get(), this);
  }
  std::tie(listener_, port_) = bind_any_port();
  CERTSYNC_CHECK(::listen(listener_, 64) == 0);
  acceptor_ = std::thread([this] { accept_all(); });
}

TestServer::~TestServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  open_.with([](const std::vector<int>& sockets) {
    for (const int socket : sockets)
      ::shutdown(socket, SHUT_RDWR);
  });
  for (auto& thread : threads_)
    thread.join();
  ::close(listener_);
}

std::string TestServer::url(const std::string& host) const {
  return (options_.identity ? "https://" : "http://") + host + ":" + std::to_string(port_);
}

std::vector<SeenRequest> TestServer::requests() const {
  return requests_.with([](const auto& requests) { return requests; });
}

std::vector<std::string> TestServer::names_asked() const {
  return names_.with([](const auto& names) { return names; });
}

void TestServer::wait_hung_up(int connections) {
  for (int ended = ended_; ended < connections; ended = ended_)
    ended_.wait(ended);
}

void TestServer::accept_all() {
  for (;;) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    const int at_once = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    // A client that closes with its window full leaves a blocked writer to TCP's probes, which take minutes.
    const timeval pause{0, 100'000};
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &pause, sizeof pause);
    open_.with([&](std::vector<int>& sockets) { sockets.push_back(socket); });
    threads_.emplace_back([this, socket, number = ++connections_] { serve(socket, number); });
  }
}

void TestServer::serve(int socket, int number) {
  {
    SSL* tls = context_ ? SSL_new(context_.get()) : nullptr;
    if (tls != nullptr) SSL_set_fd(tls, socket);
    Connection connection(socket, tls, number);
    if (manner_ == Manner::NoTls) connection.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    if (manner_ == Manner::NoTls || manner_ == Manner::Mute) connection.wait_closed();
    if (manner_ == Manner::Normal && !connection.handshake()) {
      // Closing over what the client sent in the meantime would be a reset, which may overtake the alert.
      ::shutdown(socket, SHUT_WR);
      connection.wait_closed();
    } else if (manner_ == Manner::Normal) {
      while (const auto request = connection.read_request()) {
        requests_.with([&](std::vector<SeenRequest>& requests) { requests.push_back(*request); });
        script_(connection, *request);
      }
    }
    if (tls != nullptr) bytes_written_ += BIO_number_written(SSL_get_wbio(tls));
  }
  open_.with([&](std::vector<int>& sockets) { sockets.erase(std::find(sockets.begin(), sockets.end(), socket)); });
  ::close(socket);
  ++ended_;
  ended_.notify_all();
}

int TestServer::note_name(SSL* tls, int*, void* server) {
  const char* name = SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name);
  static_cast<TestServer*>(server)->names_.with(
      [&](std::vector<std::string>& names) { names.emplace_back(name != nullptr ? name : "-"); });
  return SSL_TLSEXT_ERR_OK;
}

std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string chunk(std::string_view text) {
  std::ostringstream framed;
  framed << std::hex << text.size() << "\r\n" << text << "\r\n";
  return framed.str();
}

TestServer::Script always(std::string answer) {
  return [answer = std::move(answer)](Connection& connection, const SeenRequest&) { connection.write(answer); };
}

int closed_port() {
  const auto [socket, port] = bind_any_port();
  ::close(socket);
  return port;
}

}  // namespace certsync::http::test
