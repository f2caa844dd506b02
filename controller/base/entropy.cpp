#include "base/entropy.h"

#include <string>

#include <openssl/rand.h>

namespace certsync {
namespace {

class SystemEntropy final : public Entropy {
 public:
  Result<SecretBytes> draw(std::size_t bytes) override {
    std::string drawn(bytes, '\0');
    auto* octets = reinterpret_cast<unsigned char*>(drawn.data());
    if (RAND_priv_bytes(octets, static_cast<int>(bytes)) != 1)
      return fail(ErrorKind::Retry, Reason::NitroError,
                  "the system gives no random bytes to encrypt a key with; the next pass asks again");
    return SecretBytes(std::move(drawn));
  }
};

}  // namespace

std::unique_ptr<Entropy> make_system_entropy() {
  return std::make_unique<SystemEntropy>();
}

}  // namespace certsync
