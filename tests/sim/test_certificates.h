// Certificates for the simulator's own tests: small EC chains, and RSA where a test needs one.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"

struct x509_st;
struct evp_pkey_st;

namespace sim::test {

/// Stands still at a fixed moment until it is told otherwise.
class ManualClock : public certsync::Clock {
 public:
  certsync::TimePoint now() const override;
  certsync::SteadyPoint steady() const override { return {}; }
  void advance(std::chrono::seconds time);

 private:
  std::atomic<long> advanced_seconds_{0};
};

struct Pair {
  std::string cert;  // PEM
  std::string key;   // PEM
  std::shared_ptr<x509_st> x509;
  std::shared_ptr<evp_pkey_st> private_key;
};

struct CertificateWish {
  std::string common_name = "www.example.com";  // empty: no CN
  std::vector<std::string> dns_names = {};      // empty: the CN
  long serial = 1;
  int from_days = -1;  // from the fixed moment
  int to_days = 90;
  bool ca = false;
  bool rsa = false;
  const Pair* issuer = nullptr;  // null: self-signed
};

Pair make_certificate(const CertificateWish& wish);
/// The same key, encrypted.
std::string encrypted_key(const Pair& pair, const std::string& passphrase);
/// DER; the key as PKCS#8, encrypted unless the passphrase is empty.
std::string der_certificate(const Pair& pair);
std::string der_key(const Pair& pair, const std::string& passphrase = {});
std::string pkcs12(const Pair& pair, const std::string& passphrase);

/// 2026-11-23T00:00:00Z
certsync::TimePoint fixed_moment();

}  // namespace sim::test
