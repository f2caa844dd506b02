// Inside pki only: private keys that a password protects, opened. A key exists here only while a call runs.
#pragma once

#include <string_view>

#include <openssl/x509.h>

#include "base/result.h"
#include "base/secret.h"
#include "pki/pem.h"

namespace certsync::pki {

/// True for the DER of an EncryptedPrivateKeyInfo (RFC 5958).
bool is_locked_pkcs8(std::string_view der);
/// True for a PKCS#1 or SEC1 block with the headers of RFC 1421, as OpenSSL writes them.
bool is_locked_block(const PemBlock& block);

/// The key in DER: PKCS#8, or what was inside the block. Errors are Stalled/SecretInvalid: wrong password, damaged, by
/// a method nobody knows.
Result<SecretBytes> unlock_pkcs8(std::string_view der, const SecretBytes& password);
Result<SecretBytes> unlock_block(const PemBlock& block, const SecretBytes& password);

/// PKCS#8 in DER; empty if it cannot be written.
SecretBytes to_der(const PKCS8_PRIV_KEY_INFO* key);

}  // namespace certsync::pki
