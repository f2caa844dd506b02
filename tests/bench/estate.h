// Secrets in memory, each with two certificates that take turns: what cert-manager would write, without an API server.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "ports/objects.h"
#include "support/test_pki.h"

namespace bench {

/// Secrets s0, s1, … of namespace default, one intermediate above all; one key for all, since making keys is what
/// costs.
class Estate final : public certsync::ports::SecretReader {
 public:
  /// `generations`: 1 where nothing is renewed.
  explicit Estate(int count, int generations = 2);

  int size() const { return static_cast<int>(leaves_.size()); }
  /// From now on all Secrets hold their other certificate.
  void renew() { ++generation_; }
  certsync::ports::SecretMeta meta(int index) const;
  /// tls.crt as it is now: leaf and intermediate.
  std::string certificates(int index) const;
  const std::string& key() const { return key_; }

  certsync::Result<certsync::ports::SecretData> read_secret(const certsync::model::ObjectRef& ref) override;

 private:
  const std::string& leaf(int index) const;

  support::Authority root_;
  support::Authority intermediate_;
  std::string key_;
  std::atomic<int> generation_{0};
  std::vector<std::vector<std::string>> leaves_;
};

}  // namespace bench
