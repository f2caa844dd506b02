#include "probe/tls_probe.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "probe/handshake.h"
#include "probe/resolver.h"

namespace certsync::probe {
namespace {

ports::ProbeResult unreached(std::string failure) {
  ports::ProbeResult result;
  result.failure = std::move(failure);
  return result;
}

std::string describe(const SocketFailure& failure, const ports::ProbeTarget& target) {
  switch (failure.kind) {
    case SocketFailure::Kind::TimedOut:
      return "no answer within " + to_duration_text(target.timeout);
    case SocketFailure::Kind::Stopped:
      return "stopped";
    case SocketFailure::Kind::Broken:
      break;
  }
  return failure.text;
}

/// Each address still to try has an equal share of the time that is left.
SteadyPoint share(SteadyPoint deadline, std::size_t addresses) {
  const auto now = std::chrono::steady_clock::now();
  return now + (deadline - now) / static_cast<int>(addresses);
}

}  // namespace

TlsProber::TlsProber(ProbeLimits limits) : limits_(std::move(limits)), resolver_(std::make_unique<Resolver>()) {
  for (auto& forbidden : limits_.forbidden) {
    if (const auto endpoint = parse_host_port(forbidden)) forbidden = comparable(*endpoint);
  }
}

TlsProber::~TlsProber() = default;

bool TlsProber::is_forbidden(const std::string& endpoint) const {
  return std::find(limits_.forbidden.begin(), limits_.forbidden.end(), endpoint) != limits_.forbidden.end();
}

std::string TlsProber::refusal(const SocketAddress& address) const {
  const auto text = to_text(address);
  if (is_forbidden(text)) return text + " must not be probed";
  const auto kind = refused_class(address, limits_.allow_loopback);
  return kind.empty() ? std::string() : text + " is not probed: " + std::string(kind) + " address";
}

ports::ProbeResult TlsProber::probe(const ports::ProbeTarget& target, std::stop_token stop) {
  const Patience patience(target.timeout, std::move(stop));
  const auto endpoint = parse_host_port(target.address);
  if (!endpoint) return unreached("address \"" + target.address + "\" is not of the form host:port");
  if (is_forbidden(comparable(*endpoint))) return unreached(target.address + " must not be probed");

  const auto addresses = resolver_->resolve(*endpoint, patience);
  if (patience.stop().stop_requested()) return unreached("stopped");
  if (!addresses) return unreached(addresses.error());

  auto result = unreached("name " + endpoint->host + " has no address");
  for (std::size_t i = 0; i < addresses->size() && !result.reached; ++i) {
    const auto& address = (*addresses)[i];
    if (auto refused = refusal(address); !refused.empty()) {
      result = unreached(std::move(refused));
      continue;
    }
    const auto until = share(patience.deadline(), addresses->size() - i);
    const auto socket = Socket::connect(address, patience, until);
    const auto outcome = socket ? shake_hands(*socket, target, until, result) : tl::unexpected(socket.error());
    result.failure.clear();
    if (!outcome) result = unreached(describe(outcome.error(), target));
  }
  return result;
}

}  // namespace certsync::probe
