// The traffic side: a real TLS listener for each SSL vserver, serving what is bound to it.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "sim/manner.h"
#include "sim/traffic.h"

namespace sim {

class TlsEndpoint;

/// Thread-safe.
class TlsEndpoints {
 public:
  TlsEndpoints(Traffic traffic, bool tls12_only);
  ~TlsEndpoints();
  TlsEndpoints(const TlsEndpoints&) = delete;
  TlsEndpoints& operator=(const TlsEndpoints&) = delete;

  /// After a change: new vservers get a listener, gone ones lose it, and connections whose certkey was replaced or
  /// unbound are cut ("sessions in flight can be reset", Citrix CTX109711).
  void refresh();

  /// Nothing for a vserver that is not there.
  void set_manner(const std::string& vserver, Manner manner);
  /// Ends what is open, as a failover does; new connections are welcome.
  void cut_connections();

  /// "127.0.0.1:PORT", empty for a vserver that is not there.
  std::string address(const std::string& vserver) const;
  std::map<std::string, std::string> addresses() const;
  std::size_t handshakes(const std::string& vserver) const;
  std::size_t failed_handshakes(const std::string& vserver) const;
  std::size_t open_connections(const std::string& vserver) const;

 private:
  const TlsEndpoint* find(const std::string& vserver) const;

  const Traffic traffic_;
  const bool tls12_only_;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<TlsEndpoint>> endpoints_;
};

}  // namespace sim
