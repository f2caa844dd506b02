#include "base/secret.h"

#include <utility>

#include <openssl/crypto.h>

namespace certsync {

void wipe(std::string& bytes) {
  // The whole buffer: a shorter string may sit in a longer one's storage.
  bytes.resize(bytes.capacity());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

SecretBytes::SecretBytes(std::string&& bytes) : bytes_(bytes) {
  wipe(bytes);
}

SecretBytes::~SecretBytes() {
  wipe(bytes_);
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) {
  wipe(other.bytes_);
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    wipe(other.bytes_);
  }
  return *this;
}

SecretBytes SecretBytes::clone() const {
  return SecretBytes(std::string(bytes_));
}

bool SecretBytes::equals(const SecretBytes& other) const {
  return bytes_.size() == other.bytes_.size() && CRYPTO_memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0;
}

}  // namespace certsync
