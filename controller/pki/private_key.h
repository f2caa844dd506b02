// Private keys: read, held against the certificate, brought into one form. Keys exist here only while a call runs.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "model/certificate.h"

namespace certsync::pki {

/// The key in the one form that every NetScaler release reads (PEM: PKCS#1 for RSA, SEC1 with a named curve for EC),
/// after checking that it belongs to `leaf`. Input: PKCS#1, PKCS#8, SEC1 with or without an EC PARAMETERS block, PEM
/// (with text around) or DER; encrypted (PKCS#8, or with the headers of RFC 1421) when there is a `password`, which is
/// not looked at otherwise. The result is the same bytes for the same key whatever form it came in.
/// Errors: Wait/SecretIncomplete when empty; Stalled/SecretInvalid when unreadable, encrypted without a password or
/// with another one, of a type or size the appliance has no use for, or when it does not belong to the certificate: the
/// message of that last one begins with "the private key does not belong" (a half-written Secret looks like it for a
/// moment).
Result<SecretBytes> load_private_key(const SecretBytes& bytes, const model::Certificate& leaf,
                                     const std::optional<SecretBytes>& password = std::nullopt);

/// True for that last error.
bool is_key_mismatch(const Error& error);

}  // namespace certsync::pki
