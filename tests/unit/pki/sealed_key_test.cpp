#include "pki/sealed_key.h"

#include <gtest/gtest.h>

#include "pki/private_key.h"
#include "pki/x509.h"
#include "support/test_entropy.h"
#include "support/test_pki.h"

namespace certsync::pki {
namespace {

using support::KeyKind;

class SealedKeyKinds : public testing::TestWithParam<KeyKind> {};

TEST_P(SealedKeyKinds, OpensWithItsPassphraseOnly) {
  const auto pair = support::self_signed({.common_name = "www.example.com", .key = GetParam()});
  const auto leaf = *read_first_certificate(pair.certificate_pem);
  const auto plain = load_private_key(SecretBytes(std::string(pair.key_pem)), *leaf);
  support::TestEntropy entropy;

  const auto sealed = seal_private_key(*plain, entropy);

  ASSERT_TRUE(sealed);
  const auto opened = load_private_key(sealed->pem, *leaf, sealed->passphrase.clone());
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(opened->equals(*plain));
  EXPECT_FALSE(load_private_key(sealed->pem, *leaf, SecretBytes(std::string("0f"))));
  EXPECT_FALSE(load_private_key(sealed->pem, *leaf));
}
INSTANTIATE_TEST_SUITE_P(All, SealedKeyKinds, testing::Values(KeyKind::EcP256, KeyKind::EcP521, KeyKind::Rsa2048));

TEST(SealedKey, IsWhatTheApplianceWritesItself) {
  support::TestEntropy entropy;
  const auto key = SecretBytes(support::to_traditional_pem(support::make_key(KeyKind::Rsa2048)));

  const auto pem = std::string(seal_private_key(key, entropy)->pem.reveal());

  EXPECT_TRUE(pem.starts_with("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,"))
      << pem.substr(0, 100);
}

// At most 31 characters, and nothing that a command line would take for something else.
TEST(SealedKey, PassphraseIsRandomAndPlain) {
  const auto key = SecretBytes(support::make_key(KeyKind::EcP256));
  const auto entropy = make_system_entropy();
  const auto first = seal_private_key(key, *entropy);
  const auto second = seal_private_key(key, *entropy);

  const std::string passphrase(first->passphrase.reveal());
  EXPECT_EQ(passphrase.size(), 30u);
  EXPECT_EQ(passphrase.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_FALSE(first->passphrase.equals(second->passphrase));
  EXPECT_FALSE(first->pem.equals(second->pem));
}

TEST(SealedKey, IsMadeOfAKeyOnly) {
  support::TestEntropy entropy;

  EXPECT_EQ(seal_private_key(SecretBytes(std::string("rubbish")), entropy).error().kind, ErrorKind::Stalled);
}

}  // namespace
}  // namespace certsync::pki
