#include "probe/address.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/encoding.h"

namespace certsync::probe {
namespace {

using Bytes16 = std::array<std::uint8_t, 16>;

// All of IPv4 as it may stand in an IPv6 address: mapped (RFC 4291, 2.5.5.2) and NAT64's prefix (RFC 6052, 2.1).
constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<std::uint8_t, 12> kNat64 = {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

std::uint16_t port_of(const SocketAddress& address) {
  if (address.storage.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
  return ntohs(reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_port);
}

Bytes16 v6_of(const SocketAddress& address) {
  Bytes16 bytes{};
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr, bytes.size());
  return bytes;
}

std::uint32_t last_four(const Bytes16& bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 12; i < bytes.size(); ++i) {
    value = (value << 8) | bytes[i];
  }
  return value;
}

/// In host order; nothing for real IPv6.
std::optional<std::uint32_t> v4_of(const SocketAddress& address) {
  if (address.storage.ss_family == AF_INET)
    return ntohl(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr.s_addr);
  const auto bytes = v6_of(address);
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) return last_four(bytes);
  if (std::equal(kNat64.begin(), kNat64.end(), bytes.begin())) return last_four(bytes);
  return std::nullopt;
}

std::string_view refused_v4(std::uint32_t address, bool allow_loopback) {
  const auto first = address >> 24;
  // Linux connects 0.0.0.0 to itself; the rest of 0/8 is "this network" (RFC 1122, 3.2.1.3).
  if (first == 0) return "unspecified";
  if (first == 127 && !allow_loopback) return "loopback";
  // Clouds keep their credentials at 169.254.169.254.
  if (address >> 16 == 0xa9fe) return "link-local";
  if (address >> 28 == 0xe) return "multicast";
  if (address == 0xffffffff) return "broadcast";
  return {};
}

std::string_view refused_v6(const Bytes16& bytes, bool allow_loopback) {
  const bool high_part_zero = std::all_of(bytes.begin(), bytes.end() - 1, [](auto byte) { return byte == 0; });
  if (high_part_zero && bytes.back() == 0) return "unspecified";
  if (high_part_zero && bytes.back() == 1) return allow_loopback ? "" : "loopback";
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return "link-local";
  if (bytes[0] == 0xff) return "multicast";
  return {};
}

/// Nothing for a name.
std::optional<SocketAddress> to_address(const HostPort& endpoint) {
  SocketAddress address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET, endpoint.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(endpoint.port);
    address.length = sizeof *v4;
    return address;
  }
  if (::inet_pton(AF_INET6, endpoint.host.c_str(), &v6->sin6_addr) != 1) return std::nullopt;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(endpoint.port);
  address.length = sizeof *v6;
  return address;
}

}  // namespace

std::optional<HostPort> parse_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  if (host.find_first_of("[]") != std::string_view::npos) return std::nullopt;
  HostPort result{std::string(host), 0};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
  if (error != std::errc{} || end != digits.data() + digits.size() || result.port == 0) return std::nullopt;
  // A NUL would end the name early for the resolver, and the name that was checked would not be the name looked up.
  if (host.empty() || host.find('\0') != std::string_view::npos) return std::nullopt;
  return result;
}

std::string comparable(const HostPort& endpoint) {
  if (const auto address = to_address(endpoint)) return to_text(*address);
  auto host = to_lower(endpoint.host);
  if (host.size() > 1 && host.back() == '.') host.pop_back();
  return host + ":" + std::to_string(endpoint.port);
}

std::string to_text(const SocketAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const auto port = ":" + std::to_string(port_of(address));
  if (const auto v4 = v4_of(address)) {
    const in_addr raw{htonl(*v4)};
    ::inet_ntop(AF_INET, &raw, text.data(), text.size());
    return text.data() + port;
  }
  const auto bytes = v6_of(address);
  ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return "[" + std::string(text.data()) + "]" + port;
}

std::string_view refused_class(const SocketAddress& address, bool allow_loopback) {
  if (const auto v4 = v4_of(address)) return refused_v4(*v4, allow_loopback);
  return refused_v6(v6_of(address), allow_loopback);
}

}  // namespace certsync::probe
