// Inside pki only: OpenSSL's objects with owners, and an error queue that is left as it was found.
#pragma once

#include <memory>
#include <string_view>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace certsync::pki {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};

using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using BignumPtr = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using KeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
using ParamBuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using Pkcs8Ptr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freed<PKCS8_PRIV_KEY_INFO_free>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;

/// The queue belongs to the thread, not to us: asio reads it too, and would take our leavings for its own.
class ErrorQueueScope {
 public:
  ErrorQueueScope() { ERR_set_mark(); }
  ~ErrorQueueScope() { ERR_pop_to_mark(); }
  ErrorQueueScope(const ErrorQueueScope&) = delete;
  ErrorQueueScope& operator=(const ErrorQueueScope&) = delete;
};

inline const unsigned char* to_octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// A pem_password_cb that has none; OpenSSL's own would ask at the terminal.
inline int no_password(char* /*buffer*/, int /*size*/, int /*encrypting*/, void* /*data*/) {
  return -1;
}

/// The certificate at the start of `der`, and how many bytes it took; null if there is none.
inline X509Ptr parse_der(std::string_view der, std::size_t& taken) {
  const unsigned char* position = to_octets(der);
  X509Ptr certificate(d2i_X509(nullptr, &position, static_cast<long>(der.size())));
  taken = static_cast<std::size_t>(position - to_octets(der));
  return certificate;
}

}  // namespace certsync::pki
