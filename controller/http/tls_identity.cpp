#include "http/tls_identity.h"

#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "http/no_password.h"

namespace certsync::http {
namespace {

constexpr std::size_t kMaxChainCertificates = 20;
constexpr std::size_t kMaxPemBytes = 1u << 20;

using Bio = std::unique_ptr<BIO, int (*)(BIO*)>;

Bio reading(std::string_view pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free};
}

}  // namespace

tl::expected<TlsIdentity::Certificates, std::string> TlsIdentity::read_certificates(const std::string& pem) {
  const auto in = reading(pem);
  Certificates certificates;
  while (in && certificates.size() <= kMaxChainCertificates) {
    std::unique_ptr<X509, Free> certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    certificates.push_back(std::move(certificate));
  }
  if (certificates.size() > kMaxChainCertificates)
    return tl::unexpected<std::string>("the client certificate's chain is too long");
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return tl::unexpected<std::string>("the client certificate cannot be read");
  if (certificates.empty()) return tl::unexpected<std::string>("the client certificate holds no certificate in PEM");
  return certificates;
}

tl::expected<std::shared_ptr<const TlsIdentity>, std::string> TlsIdentity::make(const ClientIdentity* identity) {
  if (identity == nullptr) return nullptr;
  if (identity->certificates.size() > kMaxPemBytes || identity->private_key.size() > kMaxPemBytes)
    return tl::unexpected<std::string>("the client certificate or its key is too long");
  auto certificates = read_certificates(identity->certificates);
  if (!certificates) return tl::unexpected(std::move(certificates.error()));

  auto self = std::make_shared<TlsIdentity>();
  self->certificates_ = std::move(*certificates);
  bool encrypted = false;
  self->key_.reset(
      PEM_read_bio_PrivateKey(reading(identity->private_key.reveal()).get(), nullptr, no_password, &encrypted));
  const bool fits = self->key_ && X509_check_private_key(self->certificates_.front().get(), self->key_.get()) == 1;
  ERR_clear_error();
  if (encrypted) return tl::unexpected<std::string>("the client certificate's key is encrypted");
  if (!self->key_) return tl::unexpected<std::string>("the client certificate's key cannot be read");
  if (!fits) return tl::unexpected<std::string>("the client certificate's key belongs to another certificate");
  return self;
}

void TlsIdentity::install(SSL_CTX* context) const {
  // What fails here (a key too short for the security level) leaves us without a certificate; the server says the rest.
  if (SSL_CTX_use_certificate(context, certificates_.front().get()) == 1 &&
      SSL_CTX_use_PrivateKey(context, key_.get()) == 1) {
    for (std::size_t i = 1; i < certificates_.size(); ++i)
      SSL_CTX_add1_chain_cert(context, certificates_[i].get());
  }
  ERR_clear_error();
}

}  // namespace certsync::http
