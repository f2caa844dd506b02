#include "probe/reach.h"

#include "base/time_text.h"
#include "probe/resolver.h"
#include "probe/socket.h"

namespace certsync::probe {

Reached reach(const std::string& endpoint, std::chrono::milliseconds timeout, std::stop_token stop) {
  Reached reached;
  const Patience patience(timeout, std::move(stop));
  const auto place = parse_host_port(endpoint);
  if (!place) {
    reached.failure = "\"" + endpoint + "\" is not of the form host:port";
    return reached;
  }
  const Resolver resolver;
  const auto addresses = resolver.resolve(*place, patience);
  if (!addresses) {
    reached.failure = addresses.error();
    return reached;
  }
  for (const auto& address : *addresses)
    reached.addresses.push_back(to_text(address));
  for (std::size_t i = 0; i < addresses->size() && reached.connected.empty(); ++i) {
    // Each address still to try has an equal share of the time that is left.
    const auto now = std::chrono::steady_clock::now();
    const auto until = now + (patience.deadline() - now) / static_cast<int>(addresses->size() - i);
    const auto socket = Socket::connect((*addresses)[i], patience, until);
    if (socket) {
      reached.connected = reached.addresses[i];
    } else {
      const bool late = socket.error().kind == SocketFailure::Kind::TimedOut;
      reached.failure =
          reached.addresses[i] + ": " + (late ? "no answer within " + to_duration_text(timeout) : socket.error().text);
    }
  }
  if (!reached.connected.empty()) reached.failure.clear();
  return reached;
}

}  // namespace certsync::probe
