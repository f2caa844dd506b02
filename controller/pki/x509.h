// One certificate: bytes in, plain data out. OpenSSL stays behind this header.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/certificate.h"

namespace certsync::pki {

inline constexpr std::size_t kMaxCertificateBytes = 1 << 20;
inline constexpr std::size_t kMaxCertificates = 32;

/// Every certificate of a PEM text (text between blocks, CRLF and any order are fine) or the one of a DER.
/// Errors are Stalled/SecretInvalid and say what was found instead; an empty input is Wait/SecretIncomplete.
Result<std::vector<model::CertificatePtr>> read_certificates(std::string_view bytes);

/// The first certificate only: what NetScaler loads from a file without the bundle flag.
Result<model::CertificatePtr> read_first_certificate(std::string_view bytes);

/// "-----BEGIN CERTIFICATE-----…", always the same bytes for the same certificate.
std::string to_pem(const model::Certificate& certificate);

/// True if `issuer`'s key signed `certificate` and the names agree.
bool issued_by(const model::Certificate& certificate, const model::Certificate& issuer);

}  // namespace certsync::pki
