// Proof: what an endpoint really serves, by a TLS handshake.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "model/certificate.h"

namespace certsync::ports {

struct ProbeTarget {
  /// "host:port"
  std::string address;
  /// Sent as SNI; empty = none.
  std::string server_name;
  /// Only signature algorithms of this key type are offered, so that the endpoint answers with this certificate.
  model::KeyType key_type = model::KeyType::Rsa;
  std::chrono::milliseconds timeout{5000};
};

struct ProbeResult {
  bool reached = false;
  /// Why not, in words.
  std::string failure;
  /// Lower-case hex SHA-256 of the certificates as they were sent, leaf first.
  std::vector<std::string> chain_sha256;
  TimePoint leaf_not_after{};
  TimePoint leaf_not_before{};
  /// Nothing where it could not be read.
  model::CertificatePtr leaf = nullptr;
};

/// Thread-safe. Blocks until the handshake has shown the certificate or `timeout` has passed.
class Prober {
 public:
  virtual ~Prober() = default;
  virtual ProbeResult probe(const ProbeTarget& target, std::stop_token stop) = 0;
};

}  // namespace certsync::ports
