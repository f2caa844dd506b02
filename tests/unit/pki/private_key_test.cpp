#include "pki/private_key.h"

#include <thread>

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "base/encoding.h"
#include "pki/x509.h"
#include "support/test_pki.h"

namespace certsync::pki {
namespace {

using support::Authority;
using support::Issued;
using support::KeyKind;

const Authority& authority() {
  static const auto root = Authority::root("Test Root");
  return root;
}
Issued issued(KeyKind kind) {
  return authority().issue({.common_name = "www.example.com", .key = kind});
}

model::Certificate leaf_of(const Issued& pair) {
  return *read_first_certificate(pair.certificate_pem).value();
}

std::string loaded(const std::string& key, const model::Certificate& leaf) {
  const auto answer = load_private_key(SecretBytes(std::string(key)), leaf);
  return answer ? std::string(answer->reveal()) : "error: " + answer.error().message;
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (char c : text)
    out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

struct KindCase {
  std::string name;
  KeyKind kind;
  std::string begins_with = {};
};
class PrivateKeyForms : public testing::TestWithParam<KindCase> {};

TEST_P(PrivateKeyForms, AllBecomeTheSameBytes) {
  const auto pair = issued(GetParam().kind);
  const auto leaf = leaf_of(pair);
  const auto wanted = support::to_traditional_pem(pair.key_pem);
  ASSERT_TRUE(wanted.starts_with(GetParam().begins_with)) << wanted.substr(0, 40);

  EXPECT_EQ(loaded(pair.key_pem, leaf), wanted) << "PKCS#8";
  EXPECT_EQ(loaded(wanted, leaf), wanted) << "the form itself";
  EXPECT_EQ(loaded(with_crlf(pair.key_pem), leaf), wanted) << "CRLF";
  EXPECT_EQ(loaded("\xEF\xBB\xBF" + pair.key_pem, leaf), wanted) << "byte order mark";
  EXPECT_EQ(loaded("Bag Attributes\n  friendlyName: x\n" + pair.key_pem + "bye", leaf), wanted) << "text around";
  EXPECT_EQ(loaded(pair.certificate_pem + pair.key_pem, leaf), wanted) << "behind the certificate";
  EXPECT_EQ(loaded(support::to_pkcs8_der(pair.key_pem), leaf), wanted) << "PKCS#8 DER";
  EXPECT_EQ(loaded(support::to_traditional_der(pair.key_pem), leaf), wanted) << "traditional DER";
}
INSTANTIATE_TEST_SUITE_P(All, PrivateKeyForms,
                         testing::Values(KindCase{"P224", KeyKind::EcP224, "-----BEGIN EC PRIVATE KEY-----"},
                                         KindCase{"P256", KeyKind::EcP256, "-----BEGIN EC PRIVATE KEY-----"},
                                         KindCase{"P384", KeyKind::EcP384, "-----BEGIN EC PRIVATE KEY-----"},
                                         KindCase{"P521", KeyKind::EcP521, "-----BEGIN EC PRIVATE KEY-----"},
                                         KindCase{"Rsa512", KeyKind::Rsa512, "-----BEGIN RSA PRIVATE KEY-----"},
                                         KindCase{"Rsa1024", KeyKind::Rsa1024, "-----BEGIN RSA PRIVATE KEY-----"},
                                         KindCase{"Rsa2048", KeyKind::Rsa2048, "-----BEGIN RSA PRIVATE KEY-----"},
                                         KindCase{"Rsa4096", KeyKind::Rsa4096, "-----BEGIN RSA PRIVATE KEY-----"}),
                         [](const auto& row) { return row.param.name; });

class PrivateKeyCurves : public testing::TestWithParam<KindCase> {};

TEST_P(PrivateKeyCurves, HowTheKeyWasWrittenIsForgotten) {
  const auto pair = issued(GetParam().kind);
  const auto leaf = leaf_of(pair);
  const auto wanted = support::to_traditional_pem(pair.key_pem);
  const auto spelled_out = support::to_explicit_curve(pair.key_pem);
  const auto pointless = support::without_public_point(pair.key_pem);
  ASSERT_NE(support::to_traditional_pem(spelled_out), wanted);
  ASSERT_LT(pointless.size(), pair.key_pem.size());

  EXPECT_EQ(loaded(support::to_sec1_with_parameters(pair.key_pem), leaf), wanted) << "EC PARAMETERS block";
  EXPECT_EQ(loaded(spelled_out, leaf), wanted) << "curve spelled out, PKCS#8";
  EXPECT_EQ(loaded(support::to_sec1_with_parameters(spelled_out), leaf), wanted) << "curve spelled out, SEC1";
  EXPECT_EQ(loaded(pointless, leaf), wanted) << "without the public point";
}
INSTANTIATE_TEST_SUITE_P(All, PrivateKeyCurves,
                         testing::Values(KindCase{"P224", KeyKind::EcP224}, KindCase{"P256", KeyKind::EcP256},
                                         KindCase{"P384", KeyKind::EcP384}, KindCase{"P521", KeyKind::EcP521}),
                         [](const auto& row) { return row.param.name; });

struct BadKey {
  std::string name;
  std::string key;
  std::string message;
  ErrorKind kind = ErrorKind::Stalled;
  Reason reason = Reason::SecretInvalid;
};
class PrivateKeyBad : public testing::TestWithParam<BadKey> {};

TEST_P(PrivateKeyBad, IsRefusedAndSaysWhy) {
  static const auto leaf = leaf_of(issued(KeyKind::EcP256));
  const auto answer = load_private_key(SecretBytes(std::string(GetParam().key)), leaf);

  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, GetParam().kind);
  EXPECT_EQ(answer.error().reason, GetParam().reason);
  EXPECT_NE(answer.error().message.find(GetParam().message), std::string::npos) << answer.error().message;
  EXPECT_FALSE(is_key_mismatch(answer.error()));
  EXPECT_EQ(ERR_peek_error(), 0UL);
}

std::vector<BadKey> bad_keys() {
  const auto key = support::make_key(KeyKind::EcP256);
  const auto traditional = support::to_traditional_pem(key);
  const auto der = support::to_pkcs8_der(key);
  const std::string encrypted = "the private key is encrypted and no password is given (spec.source.passwordSecretRef)";
  const std::string openssh =
      "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END OPENSSH PRIVATE KEY-----\n";
  const std::string no_key = "-----BEGIN PRIVATE KEY-----\n" + to_base64("hello") + "\n-----END PRIVATE KEY-----\n";
  const auto wait = ErrorKind::Wait;
  const auto incomplete = Reason::SecretIncomplete;
  return {
      {"Empty", "", "is empty", wait, incomplete},
      {"BlankLines", "\r\n \n", "is empty", wait, incomplete},
      {"CutOff", key.substr(0, key.size() / 2), "is cut off"},
      {"CutOffDer", der.substr(0, der.size() - 5), "cannot be read"},
      {"Words", "hello", "neither PEM nor DER"},
      {"NotBase64", "-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n", "not base64"},
      {"NoKeyInside", no_key, "cannot be read"},
      {"MegabyteOfRubbish", std::string(1 << 20, '\x30'), "too large"},
      {"MegabyteOfText", std::string(1 << 20, 'x'), "neither PEM nor DER"},
      {"TooLarge", std::string((1 << 20) + 1, 'x'), "has 1048577 bytes"},
      {"EncryptedPkcs8", support::to_encrypted_pkcs8(key, "hunter2"), encrypted},
      {"EncryptedPkcs8Der", support::to_encrypted_pkcs8_der(key, "hunter2"), encrypted},
      {"EncryptedSec1", support::to_encrypted_traditional(key, "hunter2"), encrypted},
      {"EncryptedSec1Crlf", with_crlf(support::to_encrypted_traditional(key, "hunter2")), encrypted},
      {"CertificateOnly", authority().certificate_pem(), "no private key was found, but a certificate"},
      {"PublicKeyOnly", support::to_public_pem(key), "no private key was found, but a public key"},
      {"Openssh", openssh, "OpenSSH's own form"},
  };
}
INSTANTIATE_TEST_SUITE_P(All, PrivateKeyBad, testing::ValuesIn(bad_keys()),
                         [](const auto& row) { return row.param.name; });

TEST(PrivateKey, EncryptedPkcs1IsRefusedToo) {
  const auto pair = issued(KeyKind::Rsa1024);
  const auto message = loaded(support::to_encrypted_traditional(pair.key_pem, "hunter2"), leaf_of(pair));

  EXPECT_TRUE(message.starts_with("error: the private key is encrypted and no password is given")) << message;
}

class PrivateKeyKinds : public testing::TestWithParam<KindCase> {};

TEST_P(PrivateKeyKinds, UselessOnesAreRefusedEvenIfTheyBelong) {
  const auto pair = issued(GetParam().kind);
  const auto answer = load_private_key(SecretBytes(std::string(pair.key_pem)), leaf_of(pair));

  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, ErrorKind::Stalled);
  EXPECT_EQ(answer.error().reason, Reason::SecretInvalid);
  EXPECT_TRUE(answer.error().message.starts_with("the private key is " + GetParam().begins_with))
      << answer.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    All, PrivateKeyKinds,
    testing::Values(KindCase{"Ed25519", KeyKind::Ed25519, "a key of the kind ED25519; NetScaler takes RSA and ECDSA"},
                    KindCase{"RsaPss", KeyKind::RsaPss2048, "a key of the kind RSA-PSS"},
                    KindCase{"OddSize", KeyKind::Rsa1040, "an RSA key of 1040 bits; NetScaler takes 512 to 4096"},
                    KindCase{"OtherCurve", KeyKind::EcSecp256k1, "an EC key on the curve secp256k1"}),
    [](const auto& row) { return row.param.name; });

struct MismatchCase {
  std::string name;
  KeyKind leaf;
  KeyKind key;
};
class PrivateKeyMismatch : public testing::TestWithParam<MismatchCase> {};

TEST_P(PrivateKeyMismatch, HasItsOwnError) {
  const auto leaf = leaf_of(issued(GetParam().leaf));
  const auto answer = load_private_key(SecretBytes(support::make_key(GetParam().key)), leaf);

  ASSERT_FALSE(answer.has_value());
  EXPECT_TRUE(is_key_mismatch(answer.error()));
  EXPECT_EQ(answer.error().kind, ErrorKind::Stalled);
  EXPECT_EQ(answer.error().message, "the private key does not belong to the certificate CN=www.example.com");
}
INSTANTIATE_TEST_SUITE_P(All, PrivateKeyMismatch,
                         testing::Values(MismatchCase{"SameCurve", KeyKind::EcP256, KeyKind::EcP256},
                                         MismatchCase{"OtherCurve", KeyKind::EcP256, KeyKind::EcP384},
                                         MismatchCase{"OtherKind", KeyKind::Rsa2048, KeyKind::EcP256},
                                         MismatchCase{"OtherSize", KeyKind::Rsa1024, KeyKind::Rsa2048}),
                         [](const auto& row) { return row.param.name; });

TEST(PrivateKey, MismatchIsKnownByReasonAndText) {
  const std::string text = "the private key does not belong to the certificate CN=a";

  EXPECT_TRUE(is_key_mismatch(Error{ErrorKind::Stalled, Reason::SecretInvalid, text}));
  EXPECT_FALSE(is_key_mismatch(Error{ErrorKind::Stalled, Reason::NitroError, text}));
  EXPECT_FALSE(is_key_mismatch(Error{ErrorKind::Stalled, Reason::SecretInvalid, "the private key is empty"}));
}

TEST(PrivateKey, DamagedPrivateHalfIsFound) {
  const auto pair = issued(KeyKind::EcP256);
  auto der = support::to_traditional_der(pair.key_pem);
  // SEC1: SEQUENCE, INTEGER 1, OCTET STRING of 32 bytes, which begin at 7 (RFC 5915).
  der[20] = static_cast<char>(der[20] ^ 1);

  EXPECT_NE(loaded(der, leaf_of(pair)).find("the private key is damaged"), std::string::npos);
}

TEST(PrivateKey, ErrorsNeverQuoteTheKey) {
  const auto leaf = leaf_of(issued(KeyKind::EcP256));
  const auto key = support::make_key(KeyKind::EcP256);
  const auto line = key.substr(key.find('\n') + 1, 24);
  for (std::size_t size = 1; size < key.size(); ++size) {
    EXPECT_EQ(loaded(key.substr(0, size), leaf).find(line), std::string::npos);
  }
}

TEST(PrivateKey, EveryCutAndEveryFlippedByteIsSurvived) {
  const auto pair = issued(KeyKind::EcP256);
  const auto leaf = leaf_of(pair);
  const auto wanted = support::to_traditional_pem(pair.key_pem);
  const auto der = support::to_pkcs8_der(pair.key_pem);
  for (std::size_t i = 0; i < der.size(); ++i) {
    auto flipped = der;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x41);
    const auto answer = loaded(flipped, leaf);
    EXPECT_TRUE(answer == wanted || answer.starts_with("error: ")) << i;
    EXPECT_TRUE(loaded(der.substr(0, i), leaf).starts_with("error: ")) << i;
  }
}

TEST(PrivateKey, LoadsInManyThreadsAtOnce) {
  const auto pair = issued(KeyKind::Rsa2048);
  const auto leaf = leaf_of(pair);
  const auto wanted = support::to_traditional_pem(pair.key_pem);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round)
        EXPECT_EQ(loaded(pair.key_pem, leaf), wanted);
    });
  }
  for (auto& thread : threads)
    thread.join();
}

}  // namespace
}  // namespace certsync::pki
