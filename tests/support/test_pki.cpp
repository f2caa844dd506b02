#include "support/test_pki.h"

#include <map>
#include <memory>
#include <mutex>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/check.h"

namespace support {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using BignumPtr = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using ContextPtr = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using ParamBuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;

void free_all(STACK_OF(X509) * certificates) {
  sk_X509_pop_free(certificates, X509_free);
}
using AlgorithmPtr = std::unique_ptr<X509_ALGOR, Freed<X509_ALGOR_free>>;
using CipherPtr = std::unique_ptr<EVP_CIPHER, Freed<EVP_CIPHER_free>>;
using LockedPtr = std::unique_ptr<X509_SIG, Freed<X509_SIG_free>>;
using StackPtr = std::unique_ptr<STACK_OF(X509), Freed<free_all>>;
using StorePtr = std::unique_ptr<PKCS12, Freed<PKCS12_free>>;

void must(bool worked) {
  CERTSYNC_CHECK(worked);
}

// With the ciphers that are retired, to write what old programs wrote.
class OldContext {
 public:
  OldContext()
      : context_(OSSL_LIB_CTX_new()),
        current_(OSSL_PROVIDER_load(context_, "default")),
        legacy_(OSSL_PROVIDER_load(context_, "legacy")) {
    must(legacy_ != nullptr);
  }
  ~OldContext() {
    OSSL_PROVIDER_unload(legacy_);
    OSSL_PROVIDER_unload(current_);
    OSSL_LIB_CTX_free(context_);
  }
  OldContext(const OldContext&) = delete;
  OldContext& operator=(const OldContext&) = delete;
  OSSL_LIB_CTX* get() const { return context_; }

 private:
  OSSL_LIB_CTX* context_;
  OSSL_PROVIDER* current_;
  OSSL_PROVIDER* legacy_;
};

std::string text_of(const BioPtr& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}
BioPtr new_bio() {
  return BioPtr(BIO_new(BIO_s_mem()));
}
BioPtr bio_over(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

KeyPtr parse_key(const std::string& pem) {
  KeyPtr key(PEM_read_bio_PrivateKey(bio_over(pem).get(), nullptr, nullptr, nullptr));
  must(key != nullptr);
  return key;
}
// To sign with, not to change. OpenSSL 3.0 takes a third of a millisecond to read one, and an estate of certificates
// needs the same two again and again.
KeyPtr signing_key(const std::string& pem) {
  constexpr std::size_t kKept = 8;
  thread_local std::map<std::string, KeyPtr> kept;
  if (kept.size() > kKept) kept.clear();
  auto& key = kept[pem];
  if (!key) key = parse_key(pem);
  EVP_PKEY_up_ref(key.get());
  return KeyPtr(key.get());
}
CertificatePtr parse_certificate(const std::string& pem) {
  CertificatePtr certificate(PEM_read_bio_X509(bio_over(pem).get(), nullptr, nullptr, nullptr));
  must(certificate != nullptr);
  return certificate;
}
std::string pem_of(EVP_PKEY* key) {
  const auto bio = new_bio();
  must(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio);
}
std::string pem_of(X509* certificate) {
  const auto bio = new_bio();
  must(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio);
}

KeyPtr rsa_key(int bits, const char* algorithm = "RSA") {
  static std::mutex mutex;
  static std::map<std::string, std::string> pems;
  std::lock_guard lock(mutex);
  auto& pem = pems[algorithm + std::to_string(bits)];
  if (pem.empty()) {
    ContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
    must(EVP_PKEY_keygen_init(context.get()) == 1);
    must(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), bits) == 1);
    EVP_PKEY* key = nullptr;
    must(EVP_PKEY_generate(context.get(), &key) == 1);
    pem = pem_of(KeyPtr(key).get());
  }
  return parse_key(pem);
}

KeyPtr random_public_rsa_key(int bits) {
  BignumPtr modulus(BN_new());
  BignumPtr exponent(BN_new());
  must(BN_rand(modulus.get(), bits, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD) == 1);
  must(BN_set_word(exponent.get(), RSA_F4) == 1);
  ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  must(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) == 1);
  must(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) == 1);
  ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  ContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  must(EVP_PKEY_fromdata_init(context.get()) == 1);
  must(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1);
  return KeyPtr(key);
}

KeyPtr generate(KeyKind kind) {
  switch (kind) {
    case KeyKind::EcP224:
      return KeyPtr(EVP_EC_gen("P-224"));
    case KeyKind::EcP256:
      return KeyPtr(EVP_EC_gen("P-256"));
    case KeyKind::EcP384:
      return KeyPtr(EVP_EC_gen("P-384"));
    case KeyKind::EcP521:
      return KeyPtr(EVP_EC_gen("P-521"));
    case KeyKind::EcSecp256k1:
      return KeyPtr(EVP_EC_gen("secp256k1"));
    case KeyKind::Rsa512:
      return rsa_key(512);
    case KeyKind::Rsa1024:
      return rsa_key(1024);
    case KeyKind::Rsa1040:
      return rsa_key(1040);
    case KeyKind::Rsa2048:
      return rsa_key(2048);
    case KeyKind::Rsa4096:
      return rsa_key(4096);
    case KeyKind::RsaPss2048:
      return rsa_key(2048, "RSA-PSS");
    case KeyKind::Rsa4608Public:
      return random_public_rsa_key(4608);
    case KeyKind::Rsa8192Public:
      return random_public_rsa_key(8192);
    case KeyKind::Ed25519:
      return KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  }
  return nullptr;
}

bool has_private_half(KeyKind kind) {
  return kind != KeyKind::Rsa4608Public && kind != KeyKind::Rsa8192Public;
}

void set_serial(X509* certificate, const std::string& hex) {
  BIGNUM* number = nullptr;
  if (hex.empty()) {
    number = BN_new();
    must(BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1);
  } else {
    must(BN_hex2bn(&number, hex.c_str()) == static_cast<int>(hex.size()));
  }
  const BignumPtr owner(number);
  const IntegerPtr serial(BN_to_ASN1_INTEGER(number, nullptr));
  must(X509_set_serialNumber(certificate, serial.get()) == 1);
}

void set_validity(X509* certificate, certsync::TimePoint not_before, certsync::TimePoint not_after) {
  using std::chrono::system_clock;
  must(ASN1_TIME_set(X509_getm_notBefore(certificate), system_clock::to_time_t(not_before)) != nullptr);
  must(ASN1_TIME_set(X509_getm_notAfter(certificate), system_clock::to_time_t(not_after)) != nullptr);
}

void add_name_part(X509_NAME* name, const char* key, const std::string& value) {
  if (value.empty()) return;
  must(X509_NAME_add_entry_by_txt(name, key, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                                  static_cast<int>(value.size()), -1, 0) == 1);
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  must(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void sign(X509* certificate, EVP_PKEY* key) {
  const bool has_own_digest = EVP_PKEY_is_a(key, "ED25519") == 1;
  must(X509_sign(certificate, key, has_own_digest ? nullptr : EVP_sha256()) > 0);
}

CertificatePtr blank(EVP_PKEY* key) {
  CertificatePtr certificate(X509_new());
  must(X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  must(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

// `issuer` null = self-signed.
std::string make_authority(const X509_NAME* subject, const std::string& serial, EVP_PKEY* key, X509* issuer,
                           EVP_PKEY* issuer_key) {
  const auto now = std::chrono::system_clock::now();
  const auto certificate = blank(key);
  X509* raw = certificate.get();
  set_serial(raw, serial);
  set_validity(raw, now - std::chrono::hours(24), now + std::chrono::hours(24 * 3650));
  must(X509_set_subject_name(raw, subject) == 1);
  must(X509_set_issuer_name(raw, issuer != nullptr ? X509_get_subject_name(issuer) : subject) == 1);
  add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(raw, raw, NID_subject_key_identifier, "hash");
  if (issuer != nullptr) add_extension(raw, issuer, NID_authority_key_identifier, "keyid");
  sign(raw, issuer_key);
  return pem_of(raw);
}

using NamePtr = std::unique_ptr<X509_NAME, Freed<X509_NAME_free>>;
NamePtr name_of(const std::string& common_name) {
  NamePtr name(X509_NAME_new());
  add_name_part(name.get(), "CN", common_name);
  return name;
}

std::string make_leaf(const CertificateOptions& options, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  const auto certificate = blank(key);
  X509* raw = certificate.get();
  set_serial(raw, options.serial_hex);
  set_validity(raw, options.not_before, options.not_after);
  X509_NAME* subject = X509_get_subject_name(raw);
  add_name_part(subject, "O", options.organization);
  add_name_part(subject, "CN", options.common_name);
  add_name_part(subject, "serialNumber", options.subject_serial_number);
  must(X509_set_issuer_name(raw, X509_get_subject_name(issuer != nullptr ? issuer : raw)) == 1);
  add_extension(raw, raw, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(raw, raw, NID_ext_key_usage, options.extended_key_usage);
  if (issuer != nullptr) add_extension(raw, issuer, NID_authority_key_identifier, "keyid");
  if (!options.dns_names.empty()) {
    std::string names;
    for (const auto& name : options.dns_names)
      names += (names.empty() ? "DNS:" : ",DNS:") + name;
    add_extension(raw, raw, NID_subject_alt_name, names);
  }
  sign(raw, issuer_key);
  return pem_of(raw);
}

template <class Write>
std::string written(const std::string& key_pem, Write write) {
  const auto key = parse_key(key_pem);
  const auto bio = new_bio();
  must(write(bio.get(), key.get()) == 1);
  return text_of(bio);
}

int size_of(const std::string& password) {
  return static_cast<int>(password.size());
}

}  // namespace

Authority Authority::root(const std::string& name, KeyKind key) {
  const auto own_key = generate(key);
  return {make_authority(name_of(name).get(), "", own_key.get(), nullptr, own_key.get()), pem_of(own_key.get())};
}

Authority Authority::intermediate(const std::string& name, const std::string& serial_hex, KeyKind key) const {
  const auto own_key = generate(key);
  const auto issuer = parse_certificate(certificate_pem_);
  return {make_authority(name_of(name).get(), serial_hex, own_key.get(), issuer.get(), signing_key(key_pem_).get()),
          pem_of(own_key.get())};
}

Authority Authority::cross_signed_by(const Authority& other) const {
  const auto own = parse_certificate(certificate_pem_);
  const auto issuer = parse_certificate(other.certificate_pem_);
  return {make_authority(X509_get_subject_name(own.get()), "", signing_key(key_pem_).get(), issuer.get(),
                         signing_key(other.key_pem_).get()),
          key_pem_};
}

Issued Authority::issue(const CertificateOptions& options) const {
  const auto key = generate(options.key);
  const auto issuer = parse_certificate(certificate_pem_);
  return {make_leaf(options, key.get(), issuer.get(), signing_key(key_pem_).get()),
          has_private_half(options.key) ? pem_of(key.get()) : std::string()};
}

Issued Authority::issue_for_key(const std::string& key_pem, const CertificateOptions& options) const {
  const auto issuer = parse_certificate(certificate_pem_);
  return {make_leaf(options, signing_key(key_pem).get(), issuer.get(), signing_key(key_pem_).get()), key_pem};
}

Issued self_signed(const CertificateOptions& options) {
  const auto key = generate(options.key);
  return {make_leaf(options, key.get(), nullptr, key.get()), pem_of(key.get())};
}

std::string make_key(KeyKind kind) {
  return pem_of(generate(kind).get());
}

std::string to_traditional_pem(const std::string& key_pem) {
  return written(key_pem, [](BIO* bio, EVP_PKEY* key) {
    return PEM_write_bio_PrivateKey_traditional(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string to_sec1_with_parameters(const std::string& key_pem) {
  return written(key_pem, [](BIO* bio, EVP_PKEY* key) { return PEM_write_bio_Parameters(bio, key); }) +
         to_traditional_pem(key_pem);
}

std::string to_explicit_curve(const std::string& key_pem) {
  const auto key = parse_key(key_pem);
  must(EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_ENCODING, "explicit") == 1);
  return pem_of(key.get());
}

std::string without_public_point(const std::string& key_pem) {
  const auto key = parse_key(key_pem);
  must(EVP_PKEY_set_int_param(key.get(), OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC, 0) == 1);
  return pem_of(key.get());
}

std::string to_encrypted_pkcs8(const std::string& key_pem, const std::string& password) {
  return written(key_pem, [&](BIO* bio, EVP_PKEY* key) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_256_cbc(), password.data(), size_of(password), nullptr,
                                         nullptr);
  });
}

std::string to_encrypted_traditional(const std::string& key_pem, const std::string& password) {
  return written(key_pem, [&](BIO* bio, EVP_PKEY* key) {
    return PEM_write_bio_PrivateKey_traditional(bio, key, EVP_aes_256_cbc(),
                                                reinterpret_cast<const unsigned char*>(password.data()),
                                                size_of(password), nullptr, nullptr);
  });
}

std::string to_pkcs8_der(const std::string& key_pem) {
  return written(key_pem, [](BIO* bio, EVP_PKEY* key) { return i2d_PKCS8PrivateKeyInfo_bio(bio, key); });
}

std::string to_encrypted_pkcs8_der(const std::string& key_pem, const std::string& password) {
  return written(key_pem, [&](BIO* bio, EVP_PKEY* key) {
    return i2d_PKCS8PrivateKey_bio(bio, key, EVP_aes_256_cbc(), password.data(), size_of(password), nullptr, nullptr);
  });
}

std::string to_traditional_der(const std::string& key_pem) {
  return written(key_pem, [](BIO* bio, EVP_PKEY* key) { return i2d_PrivateKey_bio(bio, key); });
}

std::string to_public_pem(const std::string& key_pem) {
  return written(key_pem, [](BIO* bio, EVP_PKEY* key) { return PEM_write_bio_PUBKEY(bio, key); });
}

std::string to_des_traditional(const std::string& key_pem, const std::string& password) {
  const OldContext old;
  const CipherPtr des(EVP_CIPHER_fetch(old.get(), "DES-CBC", nullptr));
  must(des != nullptr);
  return written(key_pem, [&](BIO* bio, EVP_PKEY* key) {
    return PEM_write_bio_PrivateKey_traditional(bio, key, des.get(),
                                                reinterpret_cast<const unsigned char*>(password.data()),
                                                size_of(password), nullptr, nullptr);
  });
}

std::string claiming_rounds(const std::string& encrypted_pkcs8_pem, long rounds) {
  const LockedPtr locked(PEM_read_bio_PKCS8(bio_over(encrypted_pkcs8_pem).get(), nullptr, nullptr, nullptr));
  must(locked != nullptr);
  X509_ALGOR* algorithm = nullptr;
  X509_SIG_getm(locked.get(), &algorithm, nullptr);
  const AlgorithmPtr other(PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), static_cast<int>(rounds), nullptr, 0, nullptr, -1));
  must(X509_ALGOR_copy(algorithm, other.get()) == 1);
  const auto bio = new_bio();
  must(PEM_write_bio_PKCS8(bio.get(), locked.get()) == 1);
  return text_of(bio);
}

std::string to_pkcs12(const std::string& certificates_pem, const std::string& key_pem, const std::string& password,
                      Keystore profile) {
  const OldContext old;
  const KeyPtr key = key_pem.empty() ? nullptr : parse_key(key_pem);
  const auto in = bio_over(certificates_pem);
  const CertificatePtr leaf(key ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr);
  const StackPtr others(sk_X509_new_null());
  while (X509* next = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr))
    must(sk_X509_push(others.get(), next) > 0);
  ERR_clear_error();
  const bool modern = profile == Keystore::Modern2023;
  const int for_key = modern ? NID_aes_256_cbc : NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
  const int for_certificates = profile == Keystore::LegacyRc2 ? NID_pbe_WithSHA1And40BitRC2_CBC : for_key;
  const StorePtr store(PKCS12_create_ex(password.c_str(), nullptr, key.get(), leaf.get(), others.get(), for_key,
                                        for_certificates, 2048, -1, 0, old.get(), nullptr));
  must(store != nullptr);
  must(PKCS12_set_mac(store.get(), password.c_str(), size_of(password), nullptr, 0, modern ? 2048 : 1,
                      modern ? EVP_sha256() : EVP_sha1()) == 1);
  const auto bio = new_bio();
  must(i2d_PKCS12_bio(bio.get(), store.get()) == 1);
  return text_of(bio);
}

std::string certificate_to_der(const std::string& certificate_pem) {
  const auto bio = new_bio();
  must(i2d_X509_bio(bio.get(), parse_certificate(certificate_pem).get()) == 1);
  return text_of(bio);
}

std::string to_trusted_pem(const std::string& certificate_pem) {
  const auto certificate = parse_certificate(certificate_pem);
  must(X509_alias_set1(certificate.get(), reinterpret_cast<const unsigned char*>("a friend"), 8) == 1);
  const auto bio = new_bio();
  must(PEM_write_bio_X509_AUX(bio.get(), certificate.get()) == 1);
  return text_of(bio);
}

}  // namespace support
