#include "cluster/forwarder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cluster {
namespace {

using Time = std::chrono::steady_clock;

constexpr std::size_t kMostWaiting = 1u << 20;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

/// Both ends of one connection belong to it.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return descriptor_; }
  void reset_on_close() const {
    const linger now{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }

 private:
  int descriptor_;
};

/// One direction of a connection: what was read, and when it may go on.
struct Way {
  struct Chunk {
    Time::time_point due;
    std::string bytes;
  };
  const Socket& from;
  const Socket& to;
  std::deque<Chunk> waiting = {};
  std::size_t size = 0;
  bool ended = false;
  bool closed = false;

  bool reads() const { return !ended && size < kMostWaiting; }
  bool writes(Time::time_point now) const { return !waiting.empty() && waiting.front().due <= now; }

  /// False: the connection broke.
  bool read(std::chrono::milliseconds delay) {
    std::array<char, 16384> buffer{};
    const auto got = ::recv(from.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) {
      ended = true;
      return true;
    }
    const auto count = static_cast<std::size_t>(got);
    waiting.push_back({Time::now() + delay, std::string(buffer.data(), count)});
    size += count;
    return true;
  }

  bool write() {
    auto& bytes = waiting.front().bytes;
    const auto sent = ::send(to.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    bytes.erase(0, static_cast<std::size_t>(sent));
    size -= static_cast<std::size_t>(sent);
    if (bytes.empty()) waiting.pop_front();
    return true;
  }

  void pass_on_end() {
    if (!ended || closed || !waiting.empty()) return;
    ::shutdown(to.get(), SHUT_WR);
    closed = true;
  }
};

struct Connection {
  Connection(int client_, int server_) : client(client_), server(server_) {}
  Socket client;
  Socket server;
  Way up{client, server};
  Way down{server, client};
  bool forgotten = false;
};

}  // namespace

class Forwarder::Loop {
 public:
  explicit Loop(const std::string& target)
      : target_port_(std::stoi(target.substr(target.rfind(':') + 1))),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    auto address = loopback(0);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 128) != 0 ||
        ::getsockname(listener_.get(), generic, &size) != 0) {
      throw std::runtime_error("the forwarder cannot listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~Loop() {
    thread_.request_stop();
    wake();
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  template <class Change>
  void change(Change change) {
    {
      const std::lock_guard lock(mutex_);
      change(*this);
    }
    wake();
  }
  void cut() {
    for (const auto& connection : connections_) {
      connection.client.reset_on_close();
      connection.server.reset_on_close();
    }
    connections_.clear();
  }
  int port() const { return port_; }

  mutable std::mutex mutex_;
  std::list<Connection> connections_;
  bool parted_ = false;
  std::chrono::milliseconds delay_{0};
  std::size_t accepted_ = 0;

 private:
  void wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<pollfd> polled;
      int patience = -1;
      {
        const std::lock_guard lock(mutex_);
        polled = interests(patience);
      }
      if (::poll(polled.data(), polled.size(), patience) < 0) continue;
      std::uint64_t ignored = 0;
      [[maybe_unused]] const auto drained = ::read(wake_.get(), &ignored, sizeof ignored);
      const std::lock_guard lock(mutex_);
      if (parted_) continue;
      // Whether they are ready is asked of the sockets themselves: the switches may have been moved meanwhile.
      if (polled.size() > 1 && (polled[1].revents & POLLIN) != 0) accept();
      connections_.remove_if([this](Connection& connection) { return !connection.forgotten && !serve(connection); });
    }
    const std::lock_guard lock(mutex_);
    cut();
  }

  std::vector<pollfd> interests(int& patience) const {
    std::vector<pollfd> polled = {{wake_.get(), POLLIN, 0}};
    if (parted_) return polled;
    polled.push_back({listener_.get(), POLLIN, 0});
    const auto now = Time::now();
    for (const auto& connection : connections_) {
      if (connection.forgotten) continue;
      for (const auto* way : {&connection.up, &connection.down}) {
        if (way->reads()) polled.push_back({way->from.get(), POLLIN, 0});
        if (way->writes(now)) polled.push_back({way->to.get(), POLLOUT, 0});
        if (way->waiting.empty() || way->writes(now)) continue;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(way->waiting.front().due - now).count();
        patience = patience < 0 ? static_cast<int>(left) : std::min(patience, static_cast<int>(left));
      }
    }
    return polled;
  }

  void accept() {
    const int client = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    ++accepted_;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(target_port_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      // Nobody there: as near to "connection refused" as somebody in between can come.
      const Socket both[] = {Socket(client), Socket(server)};
      both[0].reset_on_close();
      return;
    }
    connections_.emplace_back(client, server);
  }

  /// False: it is over.
  bool serve(Connection& connection) const {
    for (auto* way : {&connection.up, &connection.down}) {
      if (way->reads() && !way->read(delay_)) return broken(connection);
      while (way->writes(Time::now())) {
        const auto before = way->size;
        if (!way->write()) return broken(connection);
        if (way->size == before) break;
      }
      way->pass_on_end();
    }
    return !(connection.up.closed && connection.down.closed);
  }
  static bool broken(const Connection& connection) {
    connection.client.reset_on_close();
    connection.server.reset_on_close();
    return false;
  }

  int target_port_;
  Socket listener_;
  Socket wake_;
  int port_ = 0;
  std::jthread thread_;
};

Forwarder::Forwarder(const std::string& target) : loop_(std::make_unique<Loop>(target)) {}

Forwarder::~Forwarder() = default;

std::string Forwarder::address() const {
  return "127.0.0.1:" + std::to_string(loop_->port());
}

void Forwarder::forget_open() {
  loop_->change([](Loop& loop) {
    for (auto& connection : loop.connections_)
      connection.forgotten = true;
  });
}

void Forwarder::part() {
  loop_->change([](Loop& loop) { loop.parted_ = true; });
}

void Forwarder::heal() {
  loop_->change([](Loop& loop) { loop.parted_ = false; });
}

void Forwarder::cut() {
  loop_->change([](Loop& loop) { loop.cut(); });
}

void Forwarder::delay(std::chrono::milliseconds each_way) {
  loop_->change([each_way](Loop& loop) { loop.delay_ = each_way; });
}

std::size_t Forwarder::working() const {
  const std::lock_guard lock(loop_->mutex_);
  return static_cast<std::size_t>(std::count_if(loop_->connections_.begin(), loop_->connections_.end(),
                                                [](const Connection& connection) { return !connection.forgotten; }));
}

std::size_t Forwarder::accepted() const {
  const std::lock_guard lock(loop_->mutex_);
  return loop_->accepted_;
}

}  // namespace cluster
