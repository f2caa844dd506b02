#include "pki/old_ciphers.h"

namespace certsync::pki {

OldCiphers::OldCiphers()
    : context_(OSSL_LIB_CTX_new()),
      current_(OSSL_PROVIDER_load(context_, "default")),
      legacy_(OSSL_PROVIDER_load(context_, "legacy")) {}

OldCiphers::~OldCiphers() {
  OSSL_PROVIDER_unload(legacy_);
  OSSL_PROVIDER_unload(current_);
  OSSL_LIB_CTX_free(context_);
}

std::string_view OldCiphers::excuse() const {
  return legacy_ != nullptr ? ""
                            : ", or it is encrypted by an old method (RC2, DES), for which this system lacks OpenSSL's "
                              "legacy provider: use AES (profile Modern2023 of cert-manager)";
}

}  // namespace certsync::pki
