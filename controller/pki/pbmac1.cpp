#include "pki/pbmac1.h"

#include <array>
#include <cstdint>

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/pkcs7.h>

#include "pki/openssl.h"

namespace certsync::pki {
namespace {

constexpr std::int64_t kLeastKeyBytes = 20;
constexpr std::size_t kMostKeyBytes = 64;

using ContentPtr = std::unique_ptr<PKCS7, Freed<PKCS7_free>>;
// Two algorithms, one to make a key and one that uses it: the shape of PBES2 is that of PBMAC1 (RFC 8018, A.4 and A.5).
using ParametersPtr = std::unique_ptr<PBE2PARAM, Freed<PBE2PARAM_free>>;
using DerivationPtr = std::unique_ptr<PBKDF2PARAM, Freed<PBKDF2PARAM_free>>;

struct Octets {
  const unsigned char* data;
  std::size_t size;
};

Octets octets(const ASN1_STRING* text) {
  return {ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

const X509_ALGOR* mac_algorithm(const PKCS12* store) {
  const X509_ALGOR* algorithm = nullptr;
  PKCS12_get0_mac(nullptr, &algorithm, nullptr, nullptr, store);
  return algorithm;
}

int kind(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  if (algorithm != nullptr) X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return OBJ_obj2nid(object);
}

// hmacWithSHA256 and the like; null for what is no HMAC.
const EVP_MD* digest_of(const X509_ALGOR* hmac) {
  int digest = NID_undef;
  const bool known = EVP_PBE_find(EVP_PBE_TYPE_PRF, kind(hmac), nullptr, &digest, nullptr) == 1;
  return known ? EVP_get_digestbynid(digest) : nullptr;
}

// What the MAC is over: PFX is a SEQUENCE of a version, this, and the MAC (RFC 7292, 4). OpenSSL does not give it out.
ContentPtr protected_content(std::string_view bytes) {
  const unsigned char* position = to_octets(bytes);
  const unsigned char* const end = position + bytes.size();
  long size = 0;
  int tag = 0;
  int group = 0;
  if ((ASN1_get_object(&position, &size, &tag, &group, end - position) & 0x80) != 0) return nullptr;
  if ((ASN1_get_object(&position, &size, &tag, &group, end - position) & 0x80) != 0) return nullptr;
  position += size;
  ContentPtr content(d2i_PKCS7(nullptr, &position, end - position));
  const bool is_data = content && PKCS7_type_is_data(content.get()) && content->d.data != nullptr;
  return is_data ? std::move(content) : nullptr;
}

struct Key {
  ~Key() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
  std::array<unsigned char, kMostKeyBytes> bytes{};
  std::size_t size = 0;
};

bool derive(const PBKDF2PARAM& derivation, std::string_view password, Key& key) {
  std::int64_t size = 0;
  std::int64_t rounds = 0;
  if (derivation.keylength == nullptr || ASN1_INTEGER_get_int64(&size, derivation.keylength) != 1) return false;
  if (size < kLeastKeyBytes || size > static_cast<std::int64_t>(key.bytes.size())) return false;
  if (ASN1_INTEGER_get_int64(&rounds, derivation.iter) != 1 || rounds < 1 || rounds > INT32_MAX) return false;
  if (derivation.salt->type != V_ASN1_OCTET_STRING) return false;
  // Absent means HMAC-SHA-1.
  const EVP_MD* digest = derivation.prf != nullptr ? digest_of(derivation.prf) : EVP_sha1();
  if (digest == nullptr) return false;
  const auto salt = octets(derivation.salt->value.octet_string);
  key.size = static_cast<std::size_t>(size);
  return PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt.data, static_cast<int>(salt.size),
                           static_cast<int>(rounds), digest, static_cast<int>(size), key.bytes.data()) == 1;
}

}  // namespace

bool has_pbmac1(const PKCS12* store) {
  return kind(mac_algorithm(store)) == NID_pbmac1;
}

bool pbmac1_fits(const PKCS12* store, std::string_view bytes, std::string_view password) {
  const ASN1_OCTET_STRING* mac = nullptr;
  const X509_ALGOR* algorithm = nullptr;
  PKCS12_get0_mac(&mac, &algorithm, nullptr, nullptr, store);
  const ParametersPtr parameters(
      static_cast<PBE2PARAM*>(ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter)));
  if (!parameters || kind(parameters->keyfunc) != NID_id_pbkdf2) return false;
  const DerivationPtr derivation(static_cast<PBKDF2PARAM*>(
      ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), parameters->keyfunc->parameter)));
  const EVP_MD* digest = digest_of(parameters->encryption);
  const auto content = protected_content(bytes);
  Key key;
  if (!derivation || digest == nullptr || !content || !derive(*derivation, password, key)) return false;
  const auto message = octets(content->d.data);
  std::array<unsigned char, EVP_MAX_MD_SIZE> made{};
  unsigned int size = 0;
  HMAC(digest, key.bytes.data(), static_cast<int>(key.size), message.data, message.size, made.data(), &size);
  const auto wanted = octets(mac);
  return size != 0 && wanted.size == size && CRYPTO_memcmp(made.data(), wanted.data, size) == 0;
}

}  // namespace certsync::pki
