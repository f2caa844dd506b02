#include "sim/test_certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

namespace sim::test {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

BioPtr memory() {
  return {BIO_new(BIO_s_mem()), BIO_free};
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(length)};
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void add_names(X509* certificate, const CertificateWish& wish) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto add = [&](const char* type, const std::string& value) {
    X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1,
                               0);
  };
  add("C", "US");
  if (!wish.common_name.empty()) add("CN", wish.common_name);
  if (wish.ca) return;
  std::string alternative;
  const auto names = wish.dns_names.empty() ? std::vector<std::string>{wish.common_name} : wish.dns_names;
  for (const auto& dns : names) {
    if (!dns.empty()) alternative += (alternative.empty() ? "DNS:" : ",DNS:") + dns;
  }
  if (!alternative.empty()) add_extension(certificate, NID_subject_alt_name, alternative);
}

}  // namespace

certsync::TimePoint ManualClock::now() const {
  return fixed_moment() + std::chrono::seconds(advanced_seconds_.load());
}

void ManualClock::advance(std::chrono::seconds time) {
  advanced_seconds_ += static_cast<long>(time.count());
}

certsync::TimePoint fixed_moment() {
  return certsync::TimePoint(std::chrono::seconds(1795392000));
}

Pair make_certificate(const CertificateWish& wish) {
  Pair pair;
  EVP_PKEY* key = wish.rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
  pair.private_key = std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
  pair.x509 = std::shared_ptr<X509>(X509_new(), X509_free);
  X509* certificate = pair.x509.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), wish.serial);
  const std::time_t moment = std::chrono::system_clock::to_time_t(fixed_moment());
  ASN1_TIME_set(X509_getm_notBefore(certificate), moment + wish.from_days * 86400L);
  ASN1_TIME_set(X509_getm_notAfter(certificate), moment + wish.to_days * 86400L);
  X509_set_pubkey(certificate, key);
  add_extension(certificate, NID_basic_constraints, wish.ca ? "critical,CA:TRUE" : "CA:FALSE");
  add_names(certificate, wish);
  const Pair& issuer = wish.issuer == nullptr ? pair : *wish.issuer;
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer.x509.get()));
  X509_sign(certificate, issuer.private_key.get(), EVP_sha256());

  const BioPtr cert_bio = memory();
  PEM_write_bio_X509(cert_bio.get(), certificate);
  pair.cert = text_of(cert_bio.get());
  const BioPtr key_bio = memory();
  PEM_write_bio_PrivateKey(key_bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  pair.key = text_of(key_bio.get());
  return pair;
}

std::string encrypted_key(const Pair& pair, const std::string& passphrase) {
  const BioPtr bio = memory();
  PEM_write_bio_PrivateKey(bio.get(), pair.private_key.get(), EVP_aes_128_cbc(),
                           reinterpret_cast<const unsigned char*>(passphrase.data()),
                           static_cast<int>(passphrase.size()), nullptr, nullptr);
  return text_of(bio.get());
}

std::string der_certificate(const Pair& pair) {
  const BioPtr bio = memory();
  i2d_X509_bio(bio.get(), pair.x509.get());
  return text_of(bio.get());
}

std::string der_key(const Pair& pair, const std::string& passphrase) {
  const BioPtr bio = memory();
  i2d_PKCS8PrivateKey_bio(bio.get(), pair.private_key.get(), passphrase.empty() ? nullptr : EVP_aes_128_cbc(),
                          passphrase.data(), static_cast<int>(passphrase.size()), nullptr, nullptr);
  return text_of(bio.get());
}

std::string pkcs12(const Pair& pair, const std::string& passphrase) {
  PKCS12* store =
      PKCS12_create(passphrase.c_str(), "test", pair.private_key.get(), pair.x509.get(), nullptr, 0, 0, 0, 0, 0);
  const BioPtr bio = memory();
  i2d_PKCS12_bio(bio.get(), store);
  PKCS12_free(store);
  return text_of(bio.get());
}

}  // namespace sim::test
