// Who we are to a server that asks for a client certificate.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>
#include <tl/expected.hpp>

#include "http/transport.h"

namespace certsync::http {

/// Thread-safe: nothing changes after make().
class TlsIdentity {
 public:
  /// Null for null. The error is for people and quotes nothing of the material.
  static tl::expected<std::shared_ptr<const TlsIdentity>, std::string> make(const ClientIdentity* identity);

  void install(SSL_CTX* context) const;

 private:
  struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  using Certificates = std::vector<std::unique_ptr<X509, Free>>;

  static tl::expected<Certificates, std::string> read_certificates(const std::string& pem);

  /// Leaf first.
  Certificates certificates_;
  /// OpenSSL wipes it.
  std::unique_ptr<EVP_PKEY, Free> key_;
};

}  // namespace certsync::http
