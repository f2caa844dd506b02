// A client that a server of ours meets: raw bytes over a socket, or over TLS, as polite or as rude as a test wants.
#pragma once

#include <memory>
#include <string>

#include "unit/http/test_certificates.h"

namespace certsync::http::test {

/// -1 = refused.
int connect_to(int port, bool v6 = false);
/// Until the other side has closed, whatever it says.
std::string read_to_end(int socket);

/// Sends these bytes and reads until the server closes; empty when there is no connection or no answer.
std::string ask(int port, const std::string& bytes);
std::string get(int port, const std::string& path);

struct TlsAsker {
  /// Whom the client believes.
  Identity authority;
  /// Shown when it is not empty.
  Identity own = {};
  /// "TLSv1.1": older ones than the usual.
  bool old = false;
};
/// The whole answer over TLS; empty when the handshake fails.
std::string get_by_tls(int port, const std::string& path, const TlsAsker& asker);

}  // namespace certsync::http::test
