#include "pki/locked_key.h"

#include <array>
#include <optional>

#include <openssl/pkcs12.h>

#include "base/encoding.h"
#include "pki/invalid.h"
#include "pki/old_ciphers.h"
#include "pki/openssl.h"
#include "pki/password.h"

namespace certsync::pki {
namespace {

using LockedPtr = std::unique_ptr<X509_SIG, Freed<X509_SIG_free>>;
using CipherContextPtr = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using CipherPtr = std::unique_ptr<EVP_CIPHER, Freed<EVP_CIPHER_free>>;

void free_octets(unsigned char* octets) {
  OPENSSL_free(octets);
}

tl::unexpected<Error> not_opened(const OldCiphers& ciphers) {
  return invalid("the password of spec.source.passwordSecretRef does not open the private key, or it is damaged" +
                 std::string(ciphers.excuse()));
}

LockedPtr parse_locked(std::string_view der) {
  const unsigned char* position = to_octets(der);
  return LockedPtr(d2i_X509_SIG(nullptr, &position, static_cast<long>(der.size())));
}

// The headers of RFC 1421 as OpenSSL writes them:
//   Proc-Type: 4,ENCRYPTED
//   DEK-Info: AES-256-CBC,<initialisation vector in hex>
//   (an empty line) base64
struct Headers {
  std::string cipher;
  std::string vector;
  std::string body;
};

std::optional<Headers> read_headers(std::string_view block) {
  constexpr std::string_view kInfo = "DEK-Info:";
  const auto info = block.find(kInfo);
  if (info == std::string_view::npos) return std::nullopt;
  const auto rest = trim(block.substr(info + kInfo.size()));
  const auto line = rest.substr(0, rest.find_first_of("\r\n"));
  const auto comma = line.find(',');
  auto body = from_base64(rest.substr(line.size()));
  if (comma == std::string_view::npos || !body) return std::nullopt;
  long size = 0;
  const std::string hex(trim(line.substr(comma + 1)));
  const std::unique_ptr<unsigned char, Freed<free_octets>> vector(OPENSSL_hexstr2buf(hex.c_str(), &size));
  // Its first eight bytes are the salt as well.
  if (!vector || size < PKCS5_SALT_LEN) return std::nullopt;
  return Headers{std::string(trim(line.substr(0, comma))),
                 {reinterpret_cast<const char*>(vector.get()), static_cast<std::size_t>(size)},
                 std::move(*body)};
}

// Whether it is one ASN.1 sequence and nothing else: a wrong password gives anything but that.
bool is_sequence(std::string_view der) {
  const unsigned char* position = to_octets(der);
  long size = 0;
  int tag = 0;
  int tag_class = 0;
  const int kind = ASN1_get_object(&position, &size, &tag, &tag_class, static_cast<long>(der.size()));
  return kind == V_ASN1_CONSTRUCTED && tag == V_ASN1_SEQUENCE && position + size == to_octets(der) + der.size();
}

// By hand, since OpenSSL's reader of such blocks looks for ciphers in the process's own set only.
SecretBytes decrypted(const Headers& headers, const EVP_CIPHER* cipher, std::string_view password) {
  std::array<unsigned char, EVP_MAX_KEY_LENGTH> key{};
  const auto* vector = to_octets(headers.vector);
  EVP_BytesToKey(cipher, EVP_md5(), vector, to_octets(password), static_cast<int>(password.size()), 1, key.data(),
                 nullptr);
  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  std::string plain(headers.body.size() + EVP_MAX_BLOCK_LENGTH, '\0');
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  int size = 0;
  int rest = 0;
  const bool opened = EVP_DecryptInit_ex2(context.get(), cipher, key.data(), vector, nullptr) == 1 &&
                      EVP_DecryptUpdate(context.get(), out, &size, to_octets(headers.body),
                                        static_cast<int>(headers.body.size())) == 1 &&
                      EVP_DecryptFinal_ex(context.get(), out + size, &rest) == 1;
  OPENSSL_cleanse(key.data(), key.size());
  SecretBytes der(plain.substr(0, opened ? static_cast<std::size_t>(size + rest) : 0));
  wipe(plain);
  return is_sequence(der.reveal()) ? std::move(der) : SecretBytes();
}

}  // namespace

bool is_locked_pkcs8(std::string_view der) {
  return parse_locked(der) != nullptr;
}

bool is_locked_block(const PemBlock& block) {
  return trim(block.body).starts_with("Proc-Type:");
}

SecretBytes to_der(const PKCS8_PRIV_KEY_INFO* key) {
  const int size = i2d_PKCS8_PRIV_KEY_INFO(key, nullptr);
  if (size <= 0) return {};
  std::string der(static_cast<std::size_t>(size), '\0');
  auto* position = reinterpret_cast<unsigned char*>(der.data());
  i2d_PKCS8_PRIV_KEY_INFO(key, &position);
  return SecretBytes(std::move(der));
}

Result<SecretBytes> unlock_pkcs8(std::string_view der, const SecretBytes& password) {
  const auto locked = parse_locked(der);
  if (!locked) return invalid("the private key cannot be read: it is damaged or of an unknown kind");
  const X509_ALGOR* algorithm = nullptr;
  X509_SIG_get0(locked.get(), &algorithm, nullptr);
  if (auto problem = work_problem(algorithm); !problem.empty()) return invalid("the private key: " + problem);
  const OldCiphers ciphers;
  for (const auto spelling : spellings(password)) {
    const Pkcs8Ptr key(
        PKCS8_decrypt_ex(locked.get(), spelling.data(), static_cast<int>(spelling.size()), ciphers.context(), nullptr));
    if (key) return to_der(key.get());
  }
  return not_opened(ciphers);
}

Result<SecretBytes> unlock_block(const PemBlock& block, const SecretBytes& password) {
  const auto headers = read_headers(block.body);
  if (!headers) return invalid("the private key cannot be read: its headers or its text are damaged");
  const OldCiphers ciphers;
  const CipherPtr cipher(EVP_CIPHER_fetch(ciphers.context(), headers->cipher.c_str(), nullptr));
  if (!cipher || EVP_CIPHER_get_iv_length(cipher.get()) != static_cast<int>(headers->vector.size()))
    return not_opened(ciphers);
  for (const auto spelling : spellings(password)) {
    if (auto key = decrypted(*headers, cipher.get(), spelling); !key.empty()) return key;
  }
  return not_opened(ciphers);
}

}  // namespace certsync::pki
