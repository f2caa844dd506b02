#include "pki/key_use.h"

#include <array>
#include <string_view>

#include <openssl/core_names.h>
#include <openssl/objects.h>

namespace certsync::pki {
namespace {

// NITRO errors 1562, 3590 and 3645.
constexpr int kMinRsaBits = 512;
constexpr int kMaxRsaBits = 4096;
constexpr int kRsaStepBits = 512;

// NITRO error 1676. OpenSSL's names of P-224, P-256, P-384 and P-521.
constexpr std::array<std::string_view, 4> kCurves = {"secp224r1", "prime256v1", "secp384r1", "secp521r1"};

std::string rsa_problem(int bits) {
  if (bits >= kMinRsaBits && bits <= kMaxRsaBits && bits % kRsaStepBits == 0) return {};
  return "an RSA key of " + std::to_string(bits) + " bits; NetScaler takes 512 to 4096 bits in steps of 512";
}

std::string curve_problem(const std::string& curve) {
  for (const auto known : kCurves) {
    if (curve == known) return {};
  }
  return "an EC key on " + (curve.empty() ? std::string("a curve without a name") : "the curve " + curve) +
         "; NetScaler takes P-224, P-256, P-384 and P-521";
}

}  // namespace

std::string key_problem(const EVP_PKEY* key) {
  if (key == nullptr) return "a key of an unknown kind; NetScaler takes RSA and ECDSA";
  if (EVP_PKEY_is_a(key, "RSA") == 1) return rsa_problem(EVP_PKEY_get_bits(key));
  if (EVP_PKEY_is_a(key, "EC") == 1) return curve_problem(curve_name(key));
  const char* kind = EVP_PKEY_get0_type_name(key);
  return "a key of the kind " + std::string(kind != nullptr ? kind : "unknown") + "; NetScaler takes RSA and ECDSA";
}

std::string curve_name(const EVP_PKEY* key) {
  std::array<char, 80> name{};
  std::size_t size = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(), &size) != 1) return {};
  const int nid = OBJ_txt2nid(name.data());
  return nid == NID_undef ? std::string() : std::string(OBJ_nid2sn(nid));
}

}  // namespace certsync::pki
