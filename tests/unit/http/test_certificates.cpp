#include "unit/http/test_certificates.h"

#include <memory>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/check.h"
#include "base/encoding.h"

namespace certsync::http::test {
namespace {

using Bio = std::unique_ptr<BIO, int (*)(BIO*)>;
using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;

std::string text_in(BIO* bio) {
  char* start = nullptr;
  const long length = BIO_get_mem_data(bio, &start);
  return {start, static_cast<std::size_t>(length)};
}

Bio reading(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

Certificate certificate_of(const Identity& identity) {
  return {PEM_read_bio_X509(reading(identity.certificate_pem).get(), nullptr, nullptr, nullptr), X509_free};
}

void extend(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  CERTSYNC_CHECK(extension != nullptr);
  CERTSYNC_CHECK(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

/// Signed by `issuer`, or by itself.
Identity make(const Identity* issuer, const std::string& name, bool authority, const std::string& names,
              const std::string& usage = "") {
  const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const Certificate certificate(X509_new(), X509_free);
  unsigned char serial[8] = {};
  CERTSYNC_CHECK(key && certificate && RAND_bytes(serial, sizeof serial) == 1);
  serial[0] &= 0x7f;
  BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24 * 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  if (authority) extend(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  if (!names.empty()) extend(certificate.get(), NID_subject_alt_name, names);
  if (!usage.empty()) extend(certificate.get(), NID_ext_key_usage, usage);

  const auto above = issuer != nullptr ? certificate_of(*issuer) : Certificate(nullptr, X509_free);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(above ? above.get() : certificate.get()));
  const Key issuer_key(
      issuer != nullptr ? PEM_read_bio_PrivateKey(reading(issuer->key_pem).get(), nullptr, nullptr, nullptr) : nullptr,
      EVP_PKEY_free);
  CERTSYNC_CHECK(X509_sign(certificate.get(), issuer_key ? issuer_key.get() : key.get(), EVP_sha256()) > 0);

  const Bio certificate_out(BIO_new(BIO_s_mem()), BIO_free);
  const Bio key_out(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(certificate_out.get(), certificate.get());
  PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_in(certificate_out.get()), text_in(key_out.get())};
}

}  // namespace

std::string Identity::fingerprint() const {
  const auto certificate = certificate_of(*this);
  unsigned char* der = nullptr;
  const int length = i2d_X509(certificate.get(), &der);
  CERTSYNC_CHECK(length > 0);
  auto text = "sha256:" + sha256_hex({reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)});
  OPENSSL_free(der);
  return text;
}

Identity self_signed(const std::string& name, const std::string& alternative_names) {
  return make(nullptr, name, false, alternative_names);
}

Identity make_authority(const std::string& name) {
  return make(nullptr, name, true, {});
}

Identity issue_authority(const Identity& authority, const std::string& name) {
  return make(&authority, name, true, {});
}

Identity issue(const Identity& authority, const std::string& name, const std::string& alternative_names,
               const std::string& usage) {
  return make(&authority, name, false, alternative_names, usage);
}

std::string locked_key(const std::string& key_pem, const std::string& password) {
  const Key key(PEM_read_bio_PrivateKey(reading(key_pem).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const Bio out(BIO_new(BIO_s_mem()), BIO_free);
  CERTSYNC_CHECK(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(), password.data(),
                                               static_cast<int>(password.size()), nullptr, nullptr) == 1);
  return text_in(out.get());
}

}  // namespace certsync::http::test
