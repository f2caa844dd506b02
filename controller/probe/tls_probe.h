// What an endpoint really serves: one TLS handshake, no trust asked or given, nothing sent after it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ports/prober.h"

namespace certsync::probe {

class Resolver;
struct SocketAddress;

struct ProbeLimits {
  /// Loopback addresses are probed only where the files' owner is the machine's owner (standalone).
  bool allow_loopback = false;
  /// "host:port" that are never probed, such as the API server's. One with an address is kept from every name that
  /// leads there; one with a name only from that name.
  std::vector<std::string> forbidden = {};
};

/// Thread-safe. Never probes link-local or unspecified addresses; a refused address is a failure in words.
class TlsProber final : public ports::Prober {
 public:
  explicit TlsProber(ProbeLimits limits);
  ~TlsProber() override;
  ports::ProbeResult probe(const ports::ProbeTarget& target, std::stop_token stop) override;

 private:
  bool is_forbidden(const std::string& endpoint) const;
  /// Empty where the address may be probed.
  std::string refusal(const SocketAddress& address) const;

  ProbeLimits limits_;
  std::unique_ptr<Resolver> resolver_;
};

}  // namespace certsync::probe
