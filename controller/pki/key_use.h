// Inside pki only: which keys NetScaler has a use for, the same rule for the certificate and for its private key.
#pragma once

#include <string>

#include <openssl/evp.h>

namespace certsync::pki {

/// Empty when NetScaler takes such a key, else what it is and what would be taken: "an RSA key of 1040 bits; ...".
std::string key_problem(const EVP_PKEY* key);

/// The curve's OpenSSL name, also where its parameters are spelled out; empty for a curve without a name.
std::string curve_name(const EVP_PKEY* key);

}  // namespace certsync::pki
