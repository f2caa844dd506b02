// PKCS#12 keystores (RFC 7292), as cert-manager writes them into keystore.p12: opened, taken apart, nothing kept.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace certsync::pki {

struct Keystore {
  /// PEM, in the order of the file, the one that the key is said to belong to in front.
  std::string certificates;
  /// PKCS#8 in DER; empty when the keystore holds none.
  SecretBytes private_key;
};

/// Knows what cert-manager's profiles use (LegacyRC2, LegacyDES, Modern2023, Modern2026); RC2 needs OpenSSL's legacy
/// provider. No password and an empty one are the same. Errors: Wait/SecretIncomplete when empty; Stalled/SecretInvalid
/// when it is no keystore, the password is another one, it holds several private keys, is damaged, or by a method that
/// is not there.
Result<Keystore> open_keystore(const SecretBytes& bytes, const std::optional<SecretBytes>& password);

}  // namespace certsync::pki
