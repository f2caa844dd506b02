// A private key under a passphrase that is made for it, so that what lies on an appliance's disk is of no use alone.
#pragma once

#include "base/entropy.h"
#include "base/result.h"
#include "base/secret.h"

namespace certsync::pki {

struct SealedKey {
  /// PKCS#1 or SEC1 with the headers of RFC 1421, AES-256-CBC. That is what the appliance itself writes when asked for
  /// an encrypted key (`create ssl rsakey … -aes256`; PKCS#8 only on demand), so what its loader knows.
  /// https://developer-docs.netscaler.com/en-us/adc-nitro-api/current-release/configuration/ssl/sslrsakey
  SecretBytes pem;
  /// 30 hex digits, 120 random bits: pass phrases have at most 31 characters there (sslrsakey, sslcertkeybundle), and
  /// nothing in these needs quoting in a command.
  SecretBytes passphrase;
};

/// `private_key`: as load_private_key gives it. Another result on each call. Error Retry when there is no
/// randomness, Stalled/SecretInvalid when it is no key.
Result<SealedKey> seal_private_key(const SecretBytes& private_key, Entropy& entropy);

}  // namespace certsync::pki
