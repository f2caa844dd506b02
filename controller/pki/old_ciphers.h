// Inside pki only: an OpenSSL of its own that also has the ciphers retired since (RC2 and single DES, in the "legacy"
// provider): cert-manager's keystores are RC2 by default, and old keys are DES. The rest of the process never sees it.
#pragma once

#include <memory>
#include <string_view>

#include <openssl/crypto.h>
#include <openssl/provider.h>

namespace certsync::pki {

/// Lives for one call. Whatever was made in it must be gone before it.
class OldCiphers {
 public:
  OldCiphers();
  ~OldCiphers();
  OldCiphers(const OldCiphers&) = delete;
  OldCiphers& operator=(const OldCiphers&) = delete;

  OSSL_LIB_CTX* context() const { return context_; }
  /// For the end of a message about something that could not be opened: empty, or what this system lacks.
  std::string_view excuse() const;

 private:
  OSSL_LIB_CTX* context_;
  OSSL_PROVIDER* current_;
  OSSL_PROVIDER* legacy_;
};

}  // namespace certsync::pki
