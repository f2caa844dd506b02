#include "pki/private_key.h"

#include <array>
#include <optional>

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include "base/encoding.h"
#include "pki/invalid.h"
#include "pki/key_decoder.h"
#include "pki/key_use.h"
#include "pki/locked_key.h"
#include "pki/openssl.h"
#include "pki/pem.h"

namespace certsync::pki {
namespace {

constexpr std::string_view kMismatch = "the private key does not belong";
constexpr std::size_t kMaxTextBytes = 1 << 20;
// An RSA key of 16384 bits has about 9 KiB.
constexpr std::size_t kMaxKeyBytes = 16 << 10;

tl::unexpected<Error> encrypted() {
  return invalid("the private key is encrypted and no password is given (spec.source.passwordSecretRef)");
}

using Password = std::optional<SecretBytes>;

// Every form that is not encrypted is told apart by its ASN.1; no path through this asks anybody for a password.
Result<KeyPtr> from_der(std::string_view der, const Password& password) {
  if (der.size() > kMaxKeyBytes) return invalid("the private key is too large to be one");
  if (is_locked_pkcs8(der)) {
    if (!password) return encrypted();
    const auto plain = unlock_pkcs8(der, *password);
    if (!plain) return tl::unexpected(plain.error());
    return from_der(plain->reveal(), std::nullopt);
  }
  auto key = decode_private_key(der);
  if (!key) return invalid("the private key cannot be read: it is damaged or of an unknown kind");
  return key;
}

Result<KeyPtr> from_block(const PemBlock& block, const Password& password) {
  if (!block.complete) return invalid("the private key is cut off: its END line is missing");
  if (is_locked_block(block)) {
    if (!password) return encrypted();
    const auto plain = unlock_block(block, *password);
    if (!plain) return tl::unexpected(plain.error());
    return from_der(plain->reveal(), std::nullopt);
  }
  if (block.label == "OPENSSH PRIVATE KEY") {
    return invalid("the private key has OpenSSH's own form; PKCS#8, PKCS#1 or SEC1 is needed");
  }
  auto decoded = from_base64(block.body);
  if (!decoded) return invalid("the private key cannot be read: its text is not base64, or it is cut off");
  const SecretBytes der(std::move(*decoded));
  return from_der(der.reveal(), password);
}

Result<KeyPtr> read_key(std::string_view text, const Password& password) {
  if (trim(text).empty()) return fail(ErrorKind::Wait, Reason::SecretIncomplete, "the private key is empty");
  if (text.size() > kMaxTextBytes) {
    return invalid("the private key has " + std::to_string(text.size()) + " bytes; at most " +
                   std::to_string(kMaxTextBytes) + " are read");
  }
  PemScanner scanner(text);
  std::string_view found_instead;
  for (auto block = scanner.next(); block; block = scanner.next()) {
    if (block->is_private_key()) return from_block(*block, password);
    if (found_instead.empty()) found_instead = describe(*block);
  }
  if (!found_instead.empty()) return invalid("no private key was found, but " + std::string(found_instead));
  constexpr char kSequence = 0x30;
  if (text.front() == kSequence) return from_der(text, password);
  return invalid("no private key was found: this is neither PEM nor DER");
}

// EVP_PKEY_eq sees public halves only; a damaged private half shows when it signs.
bool signs_for(EVP_PKEY* key, EVP_PKEY* public_key) {
  static constexpr std::array<unsigned char, 4> kMessage = {'t', 'e', 's', 't'};
  std::array<unsigned char, 1024> signature{};
  std::size_t size = signature.size();
  const DigestContextPtr signing(EVP_MD_CTX_new());
  const DigestContextPtr verifying(EVP_MD_CTX_new());
  return EVP_DigestSignInit(signing.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestSign(signing.get(), signature.data(), &size, kMessage.data(), kMessage.size()) == 1 &&
         EVP_DigestVerifyInit(verifying.get(), nullptr, EVP_sha256(), nullptr, public_key) == 1 &&
         EVP_DigestVerify(verifying.get(), signature.data(), size, kMessage.data(), kMessage.size()) == 1;
}

// Uncompressed: 04, x, y.
std::string point_of(const EVP_PKEY* public_key) {
  BIGNUM* x_out = nullptr;
  BIGNUM* y_out = nullptr;
  const bool has_point = EVP_PKEY_get_bn_param(public_key, OSSL_PKEY_PARAM_EC_PUB_X, &x_out) == 1 &&
                         EVP_PKEY_get_bn_param(public_key, OSSL_PKEY_PARAM_EC_PUB_Y, &y_out) == 1;
  const BignumPtr x(x_out);
  const BignumPtr y(y_out);
  if (!has_point) return {};
  const int width = (EVP_PKEY_get_bits(public_key) + 7) / 8;
  const auto offset = 1 + static_cast<std::size_t>(width);
  std::string point(2 * offset - 1, '\x04');
  auto* octets = reinterpret_cast<unsigned char*>(point.data());
  const bool fits = BN_bn2binpad(x.get(), octets + 1, width) > 0 && BN_bn2binpad(y.get(), octets + offset, width) > 0;
  return fits ? point : std::string();
}

// An EC key remembers how it was written: curve spelled out or named, with the public point or without, the point
// compressed or not. A key made anew from curve, scalar and the certificate's point has forgotten all that.
KeyPtr plain_ec_key(const EVP_PKEY* key, const EVP_PKEY* public_key) {
  // OSSL_PARAM_free clears what came from a secure number, also where no secure heap has been set up.
  const BignumPtr scalar(BN_secure_new());
  BIGNUM* scalar_out = scalar.get();
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &scalar_out) != 1) return nullptr;
  const auto curve = curve_name(key);
  const auto point = point_of(public_key);
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.c_str(), curve.size());
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get());
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;
  if (!params || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, params.get());
  return KeyPtr(made);
}

std::optional<SecretBytes> to_traditional_pem(EVP_PKEY* key) {
  // BIO_s_secmem clears its buffer when it grows and when it goes, also without a secure heap.
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  if (PEM_write_bio_PrivateKey_traditional(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return SecretBytes(std::string(data, static_cast<std::size_t>(size)));
}

std::string name_of(const model::Certificate& leaf) {
  return leaf.subject.empty() ? "serial " + leaf.serial : leaf.subject;
}

}  // namespace

Result<SecretBytes> load_private_key(const SecretBytes& bytes, const model::Certificate& leaf,
                                     const Password& password) {
  const ErrorQueueScope scope;
  auto key = read_key(bytes.reveal(), password);
  if (!key) return tl::unexpected(key.error());
  const auto problem = key_problem(key->get());
  if (!problem.empty()) return invalid("the private key is " + problem);

  const auto public_key = decode_public_key(leaf.der);
  if (!public_key || EVP_PKEY_eq(key->get(), public_key.get()) != 1) {
    return invalid(std::string(kMismatch) + " to the certificate " + name_of(leaf));
  }
  if (EVP_PKEY_is_a(key->get(), "EC") == 1) *key = plain_ec_key(key->get(), public_key.get());
  if (!*key || !signs_for(key->get(), public_key.get())) {
    return invalid("the private key is damaged: what it signs does not fit its own public half");
  }
  auto pem = to_traditional_pem(key->get());
  if (!pem) return invalid("the private key cannot be written in PKCS#1 or SEC1");
  return std::move(*pem);
}

bool is_key_mismatch(const Error& error) {
  return error.reason == Reason::SecretInvalid && error.message.starts_with(kMismatch);
}

}  // namespace certsync::pki
