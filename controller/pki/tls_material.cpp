#include "pki/tls_material.h"

#include <algorithm>
#include <climits>

#include <openssl/pem.h>

#include "pki/openssl.h"

namespace certsync::pki {
namespace {

BioPtr over(std::string_view bytes) {
  const auto size = std::min<std::size_t>(bytes.size(), INT_MAX);
  return BioPtr(BIO_new_mem_buf(size == 0 ? "" : bytes.data(), static_cast<int>(size)));
}

X509Ptr next_certificate(BIO* in) {
  return X509Ptr(PEM_read_bio_X509(in, nullptr, no_password, nullptr));
}

}  // namespace

std::string ca_bundle_problem(std::string_view pem) {
  const ErrorQueueScope scope;
  const auto in = over(pem);
  bool any = false;
  while (next_certificate(in.get()))
    any = true;
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end) return "holds a certificate that cannot be read";
  return any ? "" : "holds no certificate in PEM";
}

std::string identity_problem(std::string_view certificates, const SecretBytes& private_key) {
  if (auto problem = ca_bundle_problem(certificates); !problem.empty()) return "the client certificate " + problem;
  const ErrorQueueScope scope;
  const auto leaf = next_certificate(over(certificates).get());
  const KeyPtr key(PEM_read_bio_PrivateKey(over(private_key.reveal()).get(), nullptr, no_password, nullptr));
  if (!key) return "the client key is no private key in PEM, or it is encrypted";
  if (!leaf || X509_check_private_key(leaf.get(), key.get()) != 1) {
    return "the client key does not belong to the client certificate";
  }
  return "";
}

}  // namespace certsync::pki
