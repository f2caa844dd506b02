#include "probe/socket.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "base/encoding.h"

namespace certsync::probe {
namespace {

tl::unexpected<SocketFailure> broken(int code) {
  return tl::unexpected<SocketFailure>({SocketFailure::Kind::Broken, to_lower(std::generic_category().message(code))});
}

bool would_block(int code) {
  return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Socket::Socket(Socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), patience_(other.patience_) {}

SocketResult<void> Socket::wait(short events, SteadyPoint until) const {
  switch (patience_.wait(descriptor_, events, until)) {
    case Waited::TimedOut:
      return tl::unexpected<SocketFailure>({SocketFailure::Kind::TimedOut, {}});
    case Waited::Stopped:
      return tl::unexpected<SocketFailure>({SocketFailure::Kind::Stopped, {}});
    case Waited::Ready:
      break;
  }
  return {};
}

SocketResult<Socket> Socket::connect(const SocketAddress& address, const Patience& patience, SteadyPoint until) {
  Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP), patience);
  if (socket.descriptor_ < 0) return broken(errno);
  if (::connect(socket.descriptor_, address.get(), address.length) != 0) {
    if (errno != EINPROGRESS && errno != EINTR) return broken(errno);
    if (const auto waited = socket.wait(POLLOUT, until); !waited) return tl::unexpected(waited.error());
    int code = 0;
    socklen_t length = sizeof code;
    ::getsockopt(socket.descriptor_, SOL_SOCKET, SO_ERROR, &code, &length);
    if (code != 0) return broken(code);
  }
  return socket;
}

SocketResult<void> Socket::send(std::string_view bytes, SteadyPoint until) const {
  while (!bytes.empty()) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (!would_block(errno)) return broken(errno);
    if (auto waited = wait(POLLOUT, until); !waited) return waited;
  }
  return {};
}

SocketResult<std::size_t> Socket::receive(char* start, std::size_t count, SteadyPoint until) const {
  for (;;) {
    if (const auto waited = wait(POLLIN, until); !waited) return tl::unexpected(waited.error());
    const auto received = ::recv(descriptor_, start, count, 0);
    if (received >= 0) return static_cast<std::size_t>(received);
    if (!would_block(errno)) return broken(errno);
  }
}

void Socket::send_last(std::string_view bytes) const {
  (void)!::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

}  // namespace certsync::probe
