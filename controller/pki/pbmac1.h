// Inside pki only: PBMAC1 (RFC 9579), which protects newer PKCS#12 keystores (cert-manager's profile Modern2026).
// OpenSSL knows it from 3.4 on.
#pragma once

#include <string_view>

#include <openssl/pkcs12.h>

namespace certsync::pki {

bool has_pbmac1(const PKCS12* store);

/// Whether the MAC of the keystore that `bytes` are was made with this password. False as well where the RFC allows it
/// no meaning: a key of no told length or of less than 20 bytes, another derivation than PBKDF2. How much work it is,
/// work_problem() has been asked before.
bool pbmac1_fits(const PKCS12* store, std::string_view bytes, std::string_view password);

}  // namespace certsync::pki
