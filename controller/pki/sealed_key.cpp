#include "pki/sealed_key.h"

#include <openssl/pem.h>

#include "base/encoding.h"
#include "pki/openssl.h"

namespace certsync::pki {
namespace {

constexpr std::size_t kPassphraseBytes = 15;

}  // namespace

Result<SealedKey> seal_private_key(const SecretBytes& private_key, Entropy& entropy) {
  const ErrorQueueScope scope;
  const auto random = entropy.draw(kPassphraseBytes);
  if (!random) return tl::unexpected(random.error());
  SealedKey sealed;
  sealed.passphrase = SecretBytes(to_hex(random->reveal()));

  const auto text = private_key.reveal();
  const BioPtr in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const KeyPtr key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr));
  const BioPtr out(BIO_new(BIO_s_mem()));
  const auto passphrase = sealed.passphrase.reveal();
  if (!key || PEM_write_bio_PrivateKey_traditional(out.get(), key.get(), EVP_aes_256_cbc(),
                                                   reinterpret_cast<const unsigned char*>(passphrase.data()),
                                                   static_cast<int>(passphrase.size()), nullptr, nullptr) != 1) {
    return fail(ErrorKind::Stalled, Reason::SecretInvalid, "the private key cannot be encrypted");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  sealed.pem = SecretBytes(std::string(data, static_cast<std::size_t>(size)));
  return sealed;
}

}  // namespace certsync::pki
