// Where a probe may go. What is judged is the address that will be connected to, not the name it came from, so that no
// DNS answer leads a probe to a place it must not see.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/socket.h>

namespace certsync::probe {

struct HostPort {
  /// Without the brackets of an IPv6 literal.
  std::string host;
  std::uint16_t port = 0;
};

/// "www.example.com:443", "192.0.2.1:443", "[2001:db8::1]:443".
std::optional<HostPort> parse_host_port(std::string_view text);
/// To compare endpoints: an address as to_text() writes it, a name in lower case without a dot at its end.
std::string comparable(const HostPort& endpoint);

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// "192.0.2.1:443" or "[2001:db8::1]:443"; IPv4 in IPv6 clothes comes out as IPv4.
std::string to_text(const SocketAddress& address);
/// Why nobody probes there: "link-local"; empty where it is allowed.
std::string_view refused_class(const SocketAddress& address, bool allow_loopback);

}  // namespace certsync::probe
