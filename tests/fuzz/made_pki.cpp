#include "fuzz/made_pki.h"

#include <memory>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "base/check.h"
#include "pki/private_key.h"
#include "pki/x509.h"
#include "support/test_pki.h"

namespace fuzz {
namespace {

using support::Authority;
using support::Issued;

struct Estate {
  Authority root = Authority::root("Root");
  Authority other = Authority::root("Other Root");
  Authority ca = root.intermediate("CA");
  Authority twin = ca.cross_signed_by(other);
  Authority below = ca.intermediate("CA below");
  Authority looping = root.cross_signed_by(below);
  Issued leaf = below.issue({.common_name = "www.example.com", .dns_names = {"www.example.com", "example.com"}});
  Issued second = below.issue({.common_name = "second.example.com"});
  Issued odd = support::self_signed({.common_name = "odd.example.com", .key = support::KeyKind::EcSecp256k1});
  Issued alone = support::self_signed({.common_name = "alone.example.com"});

  std::vector<std::string> certificates = {leaf.certificate_pem,      below.certificate_pem(), ca.certificate_pem(),
                                           root.certificate_pem(),    twin.certificate_pem(),  other.certificate_pem(),
                                           looping.certificate_pem(), second.certificate_pem,  odd.certificate_pem,
                                           alone.certificate_pem};
};

const Estate& estate() {
  static const Estate kEstate;
  return kEstate;
}

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using StorePtr = std::unique_ptr<PKCS12, Freed<PKCS12_free>>;

BioPtr over(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Without a MAC nothing notices a changed byte before the readers do. `cipher`: -1 = not encrypted either.
std::string keystore_without_mac(int cipher) {
  const auto& leaf = estate().leaf;
  const KeyPtr key(PEM_read_bio_PrivateKey(over(leaf.key_pem).get(), nullptr, nullptr, nullptr));
  const CertificatePtr certificate(PEM_read_bio_X509(over(leaf.certificate_pem).get(), nullptr, nullptr, nullptr));
  const StorePtr store(PKCS12_create(std::string(kPassword).c_str(), "www", key.get(), certificate.get(), nullptr,
                                     cipher, cipher, 2048, -1, 0));
  CERTSYNC_CHECK(store != nullptr);
  const int size = i2d_PKCS12(store.get(), nullptr);
  std::string der(static_cast<std::size_t>(size), '\0');
  auto* position = reinterpret_cast<unsigned char*>(der.data());
  i2d_PKCS12(store.get(), &position);
  return der;
}

}  // namespace

std::string bundle_of(std::string_view bytes) {
  const auto& all = estate().certificates;
  std::string bundle;
  for (const char byte : bytes.substr(0, 40))
    bundle += all[static_cast<unsigned char>(byte) % all.size()];
  return bundle;
}

const certsync::model::Certificate& made_leaf() {
  static const auto kLeaf = *certsync::pki::read_first_certificate(estate().leaf.certificate_pem);
  return *kLeaf;
}

const certsync::SecretBytes& made_key() {
  static const auto kKey =
      *certsync::pki::load_private_key(certsync::SecretBytes(std::string(estate().leaf.key_pem)), made_leaf());
  return kKey;
}

const std::vector<std::string>& made_key_forms() {
  static const auto kForms = [] {
    const auto& key = estate().leaf.key_pem;
    const std::string word(kPassword);
    return std::vector<std::string>{key,
                                    support::to_traditional_pem(key),
                                    support::to_sec1_with_parameters(key),
                                    support::to_explicit_curve(key),
                                    support::without_public_point(key),
                                    support::to_pkcs8_der(key),
                                    support::to_traditional_der(key),
                                    support::to_encrypted_pkcs8(key, word),
                                    support::to_encrypted_traditional(key, word),
                                    support::to_des_traditional(key, word),
                                    support::to_encrypted_pkcs8_der(key, word)};
  }();
  return kForms;
}

std::vector<std::string> made_certificates() {
  const auto& leaf = estate().leaf;
  return {leaf.certificate_pem, support::certificate_to_der(leaf.certificate_pem),
          support::to_trusted_pem(leaf.certificate_pem), leaf.key_pem + leaf.certificate_pem, bundle_of("012345678")};
}

std::vector<std::string> made_keystores() {
  const auto& leaf = estate().leaf;
  const auto certificates = leaf.certificate_pem + estate().below.certificate_pem();
  const std::string word(kPassword);
  std::vector<std::string> made = {keystore_without_mac(-1), keystore_without_mac(NID_aes_256_cbc),
                                   keystore_without_mac(NID_pbe_WithSHA1And3_Key_TripleDES_CBC),
                                   support::to_pkcs12(certificates, "", word)};
  for (const auto profile :
       {support::Keystore::LegacyRc2, support::Keystore::LegacyDes, support::Keystore::Modern2023}) {
    made.push_back(support::to_pkcs12(certificates, leaf.key_pem, word, profile));
  }
  return made;
}

std::vector<std::string> made_locked_keys() {
  auto made = made_key_forms();
  made.push_back(support::to_encrypted_pkcs8(estate().second.key_pem, "another"));
  return made;
}

bool claims_many_rounds(std::string_view der) {
  constexpr unsigned kMany = 20'000;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(der[i]); };
  for (std::size_t i = 0; i + 4 < der.size(); ++i) {
    const bool number = byte(i) == 0x02 && byte(i + 1) == 3 && byte(i + 2) < 0x80;
    if (number && byte(i + 2) * 65536u + byte(i + 3) * 256u + byte(i + 4) > kMany) return true;
  }
  return false;
}

}  // namespace fuzz
