// Inside pki only: certificates beside what OpenSSL made of them. Its decoders cost more than all else that is done
// with a certificate, so each is parsed once.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/certificate.h"
#include "pki/known_issuers.h"
#include "pki/openssl.h"

namespace certsync::pki {

struct ParsedCertificate {
  model::CertificatePtr data;
  /// Only read, by any number of threads.
  std::shared_ptr<X509> handle;
};

/// As read_certificates. Those that are known are not parsed again.
Result<std::vector<ParsedCertificate>> parse_certificates(std::string_view bytes, const KnownIssuers& known);

/// True if the key of `above` signed `below` and the names agree.
bool issued_by(X509* below, X509* above);

}  // namespace certsync::pki
