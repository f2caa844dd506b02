// Inside pki only: keys out of their DER. OpenSSL builds a decoder from all that its providers offer for each key that
// it is given (340 us of 360; 3.0 keeps none), so decoders are kept here.
#pragma once

#include <string_view>

#include "pki/openssl.h"

namespace certsync::pki {

/// PKCS#1, PKCS#8 or SEC1, not encrypted. Null if it is none of them, or damaged. Thread-safe.
KeyPtr decode_private_key(std::string_view der);

/// The public key that a certificate is for; null if `der` is no certificate, or its key is of an unknown kind.
/// Thread-safe.
KeyPtr decode_public_key(std::string_view certificate_der);

}  // namespace certsync::pki
