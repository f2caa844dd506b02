#include "sim/net.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sim {
namespace {

constexpr int kBacklog = 512;
constexpr std::size_t kMaxConnections = 4096;

/// Signals belong to main; a write to a closed socket must not end the process.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

int open_listener(int port, const std::string& host) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) throw std::runtime_error("no socket");
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (!host.starts_with("127.") || ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    ::close(socket);
    throw std::runtime_error(host + " is no loopback address");
  }
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(socket, kBacklog) != 0) {
    ::close(socket);
    throw std::runtime_error("cannot listen on port " + std::to_string(port));
  }
  return socket;
}

int port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

Stream::Stream(int socket, ssl_ctx_st* context) : socket_(socket) {
  if (context == nullptr) return;
  ssl_ = SSL_new(context);
  SSL_set_fd(ssl_, socket);
}

Stream::~Stream() {
  if (ssl_ == nullptr) return;
  ERR_clear_error();
  if (established_ && !silent_) SSL_shutdown(ssl_);
  SSL_free(ssl_);
  ERR_clear_error();
}

bool Stream::handshake() {
  ERR_clear_error();
  established_ = ssl_ == nullptr || SSL_accept(ssl_) == 1;
  return established_;
}

long Stream::read(char* buffer, std::size_t size) {
  if (ssl_ == nullptr) return ::recv(socket_, buffer, size, 0);
  ERR_clear_error();
  std::size_t got = 0;
  if (SSL_read_ex(ssl_, buffer, size, &got) == 1) return static_cast<long>(got);
  // After a fatal error SSL_shutdown must not be called.
  if (SSL_get_error(ssl_, 0) != SSL_ERROR_ZERO_RETURN) silent_ = true;
  return 0;
}

bool Stream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    if (ssl_ != nullptr) {
      ERR_clear_error();
      if (SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent) != 1) {
        silent_ = true;
        return false;
      }
    } else {
      const long result = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (result <= 0) return false;
      sent = static_cast<std::size_t>(result);
    }
    bytes.remove_prefix(sent);
  }
  return true;
}

void Stream::wait_for_close() {
  std::array<char, 4096> ignored{};
  while (read(ignored.data(), ignored.size()) > 0) {
  }
}

void Stream::reset_on_close() {
  silent_ = true;
  const linger now{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

Listener::Listener(Serve serve, int port, const std::string& host)
    : serve_(std::move(serve)), socket_(open_listener(port, host)), port_(port_of(socket_)) {
  acceptor_ = std::thread([this] { accept_loop(); });
}

Listener::~Listener() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    ::shutdown(socket_, SHUT_RDWR);  // wakes accept()
  }
  acceptor_.join();
  ::close(socket_);
  cut_connections();
  for (auto& connection : connections_) {
    connection.thread.join();
  }
}

void Listener::cut_connections() {
  std::lock_guard lock(mutex_);
  for (auto& connection : connections_) {
    if (connection.socket >= 0) ::shutdown(connection.socket, SHUT_RDWR);
  }
}

void Listener::accept_loop() {
  block_signals();
  while (true) {
    const int socket = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    {
      std::lock_guard lock(mutex_);
      if (stopping_) {
        if (socket >= 0) ::close(socket);
        return;
      }
    }
    if (socket < 0) {
      // Out of descriptors: give the others a moment to end.
      if (errno == EMFILE || errno == ENFILE) ::poll(nullptr, 0, 10);
      continue;
    }
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    join_finished();
    start(socket);
  }
}

void Listener::start(int socket) {
  std::lock_guard lock(mutex_);
  if (connections_.size() >= kMaxConnections) {
    ::close(socket);
    return;
  }
  Connection& connection = connections_.emplace_back();
  connection.socket = socket;
  connection.thread = std::thread([this, &connection] { run(connection); });
}

void Listener::run(Connection& connection) {
  block_signals();
  int socket = -1;
  {
    std::lock_guard lock(mutex_);
    socket = connection.socket;
  }
  serve_(socket);
  std::lock_guard lock(mutex_);
  // Closed under the mutex, so that nobody shuts down a number that has been given out again.
  ::close(connection.socket);
  connection.socket = -1;
  connection.finished = true;
}

void Listener::join_finished() {
  std::list<Connection> finished;
  {
    std::lock_guard lock(mutex_);
    for (auto it = connections_.begin(); it != connections_.end();) {
      const auto next = std::next(it);
      if (it->finished) finished.splice(finished.end(), connections_, it);
      it = next;
    }
  }
  for (auto& connection : finished) {
    connection.thread.join();
  }
}

}  // namespace sim
