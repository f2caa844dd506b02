// Names to addresses. getaddrinfo knows no deadline and cannot be called off, so a name is looked up by a thread of
// its own, which the caller leaves behind when its time is over.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "probe/address.h"
#include "probe/patience.h"

namespace certsync::probe {

/// Thread-safe.
class Resolver {
 public:
  Resolver();
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The first few addresses, in the system's order. The error is for people.
  tl::expected<std::vector<SocketAddress>, std::string> resolve(const HostPort& endpoint,
                                                                const Patience& patience) const;

 private:
  struct Pending;
  std::shared_ptr<Pending> pending_;
};

}  // namespace certsync::probe
