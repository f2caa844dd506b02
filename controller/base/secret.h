// Bytes that must not leak: private keys, passwords, session tokens. Cannot be printed, copied by accident, or
// compared in variable time, and wipes itself.
#pragma once

#include <string>
#include <string_view>

namespace certsync {

class SecretBytes {
 public:
  SecretBytes() = default;
  /// Takes the bytes and wipes the string they came in.
  explicit SecretBytes(std::string&& bytes);
  ~SecretBytes();
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  /// A second copy is a decision somebody makes, so it has a name.
  SecretBytes clone() const;
  /// The bytes, valid while this object lives. Never log them.
  std::string_view reveal() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }
  std::size_t size() const { return bytes_.size(); }
  bool equals(const SecretBytes& other) const;

 private:
  std::string bytes_;
};

/// Overwrites a string that held a secret and empties it.
void wipe(std::string& bytes);

}  // namespace certsync
