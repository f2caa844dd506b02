// A TLS Secret's certificates become a leaf and an ordered chain; what can be mended is mended and said.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/certificate.h"
#include "pki/known_issuers.h"

namespace certsync::pki {

/// Leaf = the certificate whose key the private key matches is checked elsewhere; here: the first certificate that is
/// not the issuer of another one of the bundle (normally the first), and no CA if there is such a one. Mended, and
/// named in `repairs`: wrong order, duplicates, the root included, strangers that sign nothing. Cross-signed twins: the
/// complete path in the order of tls.crt: the first that ends below a root of the bundle, else the longest. An
/// incomplete chain is kept and `missing_issuer` names who is missing. Errors: as read_certificates;
/// Stalled/SecretInvalid for a leaf of a type or size that NetScaler cannot use: anything but RSA 512..4096 in steps of
/// 512 (errors 1562, 3590, 3645) and ECDSA on P-224/256/384/521 (1676). Says nothing about dates: that needs a clock
/// and is decided in plan/. What `known` has of the chain is shared and not parsed again.
Result<model::CertificateChain> read_chain(std::string_view certificate_bytes, KnownIssuers& known);
Result<model::CertificateChain> read_chain(std::string_view certificate_bytes);

}  // namespace certsync::pki
