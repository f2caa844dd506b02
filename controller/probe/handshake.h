// The TLS side of a probe: a client that offers one key type, believes everybody and writes down the certificates.
#pragma once

#include <string>

#include "ports/prober.h"
#include "probe/socket.h"

namespace certsync::probe {

/// Shakes hands over `socket` and fills chain and dates into `result`. A handshake that fails after the certificates
/// were shown is none: an endpoint that wants a client certificate has said what we came for. Blocks until `until`.
SocketResult<void> shake_hands(const Socket& socket, const ports::ProbeTarget& target, SteadyPoint until,
                               ports::ProbeResult& result);

}  // namespace certsync::probe
