#include "pki/password.h"

#include <cstdint>
#include <limits>

#include <openssl/objects.h>

namespace certsync::pki {
namespace {

// OpenSSL writes 2048 rounds, Java 10,000; 600,000 are advised for passwords of people. This many take seconds.
constexpr std::uint64_t kMostRounds = 5'000'000;
// N * r * p of scrypt (RFC 7914). OpenSSL bounds its memory, and so N * r, but not p.
constexpr std::uint64_t kMostScryptWork = 1 << 22;
constexpr std::uint64_t kTooMuch = std::numeric_limits<std::uint64_t>::max();

using Pbes1Ptr = std::unique_ptr<PBEPARAM, Freed<PBEPARAM_free>>;
using Pbes2Ptr = std::unique_ptr<PBE2PARAM, Freed<PBE2PARAM_free>>;
using Pbkdf2Ptr = std::unique_ptr<PBKDF2PARAM, Freed<PBKDF2PARAM_free>>;
using ScryptPtr = std::unique_ptr<SCRYPT_PARAMS, Freed<SCRYPT_PARAMS_free>>;

std::uint64_t number(const ASN1_INTEGER* value) {
  std::uint64_t out = 0;
  return value != nullptr && ASN1_INTEGER_get_uint64(&out, value) == 1 ? out : kTooMuch;
}

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > kTooMuch / b ? kTooMuch : a * b;
}

int parameters(const X509_ALGOR* algorithm, const ASN1_STRING*& out) {
  const ASN1_OBJECT* object = nullptr;
  const void* value = nullptr;
  int type = 0;
  X509_ALGOR_get0(&object, &type, &value, algorithm);
  out = type == V_ASN1_SEQUENCE ? static_cast<const ASN1_STRING*>(value) : nullptr;
  return OBJ_obj2nid(object);
}

template <class Pointer>
Pointer unpacked(const ASN1_STRING* sequence, const ASN1_ITEM* item) {
  using T = typename Pointer::element_type;
  return Pointer(sequence != nullptr ? static_cast<T*>(ASN1_item_unpack(sequence, item)) : nullptr);
}

// What cannot be read here OpenSSL cannot read either, and refuses without any work.
bool derivation_is_too_much(const X509_ALGOR* derivation) {
  const ASN1_STRING* sequence = nullptr;
  switch (parameters(derivation, sequence)) {
    case NID_id_pbkdf2: {
      const auto pbkdf2 = unpacked<Pbkdf2Ptr>(sequence, ASN1_ITEM_rptr(PBKDF2PARAM));
      return pbkdf2 && number(pbkdf2->iter) > kMostRounds;
    }
    case NID_id_scrypt: {
      const auto scrypt = unpacked<ScryptPtr>(sequence, ASN1_ITEM_rptr(SCRYPT_PARAMS));
      return scrypt && times(times(number(scrypt->costParameter), number(scrypt->blockSize)),
                             number(scrypt->parallelizationParameter)) > kMostScryptWork;
    }
    default:
      return false;
  }
}

std::string too_much(bool is_so) {
  return is_so ? "it asks for too many rounds to make a key from a password; at most " + std::to_string(kMostRounds) +
                     " are done"
               : std::string();
}

}  // namespace

std::vector<std::string_view> spellings(const SecretBytes& password) {
  std::string_view text = password.reveal();
  std::vector<std::string_view> found = {text};
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.remove_suffix(1);
  if (text.size() != found.front().size()) found.push_back(text);
  return found;
}

std::string work_problem(const X509_ALGOR* algorithm) {
  const ASN1_STRING* sequence = nullptr;
  const int kind = parameters(algorithm, sequence);
  if (kind == NID_pbes2 || kind == NID_pbmac1) {  // of one shape
    const auto pbes2 = unpacked<Pbes2Ptr>(sequence, ASN1_ITEM_rptr(PBE2PARAM));
    return too_much(pbes2 && derivation_is_too_much(pbes2->keyfunc));
  }
  // PKCS#5 v1.5 and PKCS#12 have the same parameters: salt and rounds.
  const auto pbes1 = unpacked<Pbes1Ptr>(sequence, ASN1_ITEM_rptr(PBEPARAM));
  return too_much(pbes1 && number(pbes1->iter) > kMostRounds);
}

std::string work_problem(const ASN1_INTEGER* rounds) {
  return too_much(rounds != nullptr && number(rounds) > kMostRounds);
}

}  // namespace certsync::pki
