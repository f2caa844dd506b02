// One issuer signs many leaves: its certificate is parsed once and kept once, for as long as a chain has it.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "model/certificate.h"

namespace certsync::pki {

struct ParsedCertificate;

/// What no chain has any more goes when the next new one comes. Thread-safe.
class KnownIssuers {
 public:
  KnownIssuers();
  ~KnownIssuers();
  KnownIssuers(const KnownIssuers&) = delete;
  KnownIssuers& operator=(const KnownIssuers&) = delete;

  /// The certificate of exactly these bytes.
  std::optional<ParsedCertificate> find(std::string_view der) const;
  /// The one that is kept for this certificate: what was known before, else itself from now on.
  model::CertificatePtr share(const ParsedCertificate& certificate);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace certsync::pki
