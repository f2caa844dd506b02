// Randomness that secrets are made of, as a port: so that a test can tell what was drawn.
#pragma once

#include <cstddef>
#include <memory>

#include "base/result.h"
#include "base/secret.h"

namespace certsync {

/// Thread-safe.
class Entropy {
 public:
  virtual ~Entropy() = default;
  /// Fresh random bytes. Error Retry when the system has none to give.
  virtual Result<SecretBytes> draw(std::size_t bytes) = 0;
};

/// OpenSSL's generator for private values.
std::unique_ptr<Entropy> make_system_entropy();

}  // namespace certsync
