// A TCP connection that never waits longer than its probe may, and never raises SIGPIPE.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "probe/address.h"
#include "probe/patience.h"

namespace certsync::probe {

/// Why a connection ended or never began.
struct SocketFailure {
  enum class Kind { TimedOut, Stopped, Broken };
  Kind kind = Kind::Broken;
  /// Of Broken, for people: "connection refused".
  std::string text;
};

template <class T>
using SocketResult = tl::expected<T, SocketFailure>;

class Socket {
 public:
  /// `patience` must outlive the socket.
  static SocketResult<Socket> connect(const SocketAddress& address, const Patience& patience, SteadyPoint until);
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&&) = delete;

  SocketResult<void> send(std::string_view bytes, SteadyPoint until) const;
  /// At least one byte, or 0 when the peer has closed.
  SocketResult<std::size_t> receive(char* start, std::size_t count, SteadyPoint until) const;
  /// What fits right now; failures do not matter any more.
  void send_last(std::string_view bytes) const;

 private:
  Socket(int descriptor, const Patience& patience) : descriptor_(descriptor), patience_(patience) {}
  SocketResult<void> wait(short events, SteadyPoint until) const;

  int descriptor_;
  const Patience& patience_;
};

}  // namespace certsync::probe
