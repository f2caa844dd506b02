// Bytes that look random, are the same in every run, and are remembered: whoever was given some can be looked for.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/entropy.h"

namespace support {

/// Thread-safe.
class TestEntropy final : public certsync::Entropy {
 public:
  certsync::Result<certsync::SecretBytes> draw(std::size_t bytes) override {
    std::lock_guard lock(mutex_);
    drawn_.push_back(certsync::sha256("entropy " + std::to_string(drawn_.size())).substr(0, bytes));
    return certsync::SecretBytes(std::string(drawn_.back()));
  }
  std::vector<std::string> drawn() const {
    std::lock_guard lock(mutex_);
    return drawn_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> drawn_;
};

}  // namespace support
