// Private keys that a password protects, as load_private_key sees them.
#include <gtest/gtest.h>
#include <openssl/err.h>

#include "pki/private_key.h"
#include "pki/x509.h"
#include "support/test_pki.h"

namespace certsync::pki {
namespace {

using support::KeyKind;

constexpr char kWrong[] =
    "Stalled SecretInvalid: the password of spec.source.passwordSecretRef does not open the private key, or it is "
    "damaged";

struct Pair {
  explicit Pair(KeyKind kind) : issued(support::self_signed({.common_name = "www.example.com", .key = kind})) {}

  std::string load(const std::string& key, const std::string& password) const {
    const auto leaf = *read_first_certificate(issued.certificate_pem);
    const auto answer = load_private_key(SecretBytes(std::string(key)), *leaf, SecretBytes(std::string(password)));
    EXPECT_EQ(ERR_peek_error(), 0UL);
    if (answer) return std::string(answer->reveal());
    return std::string(to_text(answer.error().kind)) + " " + to_text(answer.error());
  }
  std::string plain() const { return support::to_traditional_pem(issued.key_pem); }

  support::Issued issued;
};

std::string with_line_ends(const std::string& text, const std::string& end) {
  std::string out;
  for (char c : text)
    out += c == '\n' ? end : std::string(1, c);
  return out;
}

class LockedKey : public testing::TestWithParam<KeyKind> {
 protected:
  Pair pair_{GetParam()};
};

TEST_P(LockedKey, OpensInEveryForm) {
  const auto& key = pair_.issued.key_pem;
  const auto pkcs8 = support::to_encrypted_pkcs8(key, "hunter2");
  const auto traditional = support::to_encrypted_traditional(key, "hunter2");

  EXPECT_EQ(pair_.load(pkcs8, "hunter2"), pair_.plain()) << "PKCS#8";
  EXPECT_EQ(pair_.load(with_line_ends(pkcs8, "\r\n"), "hunter2"), pair_.plain()) << "PKCS#8, CRLF";
  EXPECT_EQ(pair_.load(support::to_encrypted_pkcs8_der(key, "hunter2"), "hunter2"), pair_.plain()) << "PKCS#8 in DER";
  EXPECT_EQ(pair_.load(traditional, "hunter2"), pair_.plain()) << "traditional";
  EXPECT_EQ(pair_.load(with_line_ends(traditional, "\r\n"), "hunter2"), pair_.plain()) << "traditional, CRLF";
  EXPECT_EQ(pair_.load(with_line_ends(traditional, "\r"), "hunter2"), pair_.plain()) << "traditional, CR";
  EXPECT_EQ(pair_.load(support::to_des_traditional(key, "hunter2"), "hunter2"), pair_.plain()) << "single DES";
  EXPECT_EQ(pair_.load(traditional, "hunter2\n"), pair_.plain()) << "line end behind the password";
}

TEST_P(LockedKey, OtherPasswordIsSaid) {
  const auto& key = pair_.issued.key_pem;

  EXPECT_EQ(pair_.load(support::to_encrypted_pkcs8(key, "hunter2"), "hunter3"), kWrong);
  EXPECT_EQ(pair_.load(support::to_encrypted_pkcs8_der(key, "hunter2"), "hunter3"), kWrong);
  EXPECT_EQ(pair_.load(support::to_encrypted_traditional(key, "hunter2"), "hunter3"), kWrong);
  EXPECT_EQ(pair_.load(support::to_encrypted_traditional(key, "hunter2"), std::string(5000, 'x')), kWrong);
  EXPECT_EQ(pair_.load(support::to_encrypted_pkcs8(key, "hunter2"), ""), kWrong);
}

INSTANTIATE_TEST_SUITE_P(All, LockedKey, testing::Values(KeyKind::EcP256, KeyKind::EcP521, KeyKind::Rsa2048));

TEST(LockedKeys, PlainOnesDoNotNeedThePassword) {
  const Pair pair(KeyKind::EcP256);

  EXPECT_EQ(pair.load(pair.issued.key_pem, "whatever"), pair.plain());
}

TEST(LockedKeys, OfAnotherCertificateIsAMismatchLikeAnyOther) {
  const Pair pair(KeyKind::EcP256);
  const auto other = support::to_encrypted_pkcs8(support::make_key(KeyKind::EcP256), "hunter2");

  EXPECT_EQ(pair.load(other, "hunter2"),
            "Stalled SecretInvalid: the private key does not belong to the certificate CN=www.example.com");
}

// Hours of work, asked for by whoever may write the Secret.
TEST(LockedKeys, TooManyRoundsAreNotDone) {
  const Pair pair(KeyKind::EcP256);
  const auto honest = support::to_encrypted_pkcs8(pair.issued.key_pem, "hunter2");

  EXPECT_EQ(pair.load(support::claiming_rounds(honest, 2'000'000'000), "hunter2"),
            "Stalled SecretInvalid: the private key: it asks for too many rounds to make a key from a password; at "
            "most 5000000 are done");
}

TEST(LockedKeys, EveryCutIsSurvived) {
  const Pair pair(KeyKind::EcP256);
  const auto key = support::to_encrypted_traditional(pair.issued.key_pem, "hunter2");
  for (std::size_t size = 0; size < key.size() - 2; ++size)
    EXPECT_NE(pair.load(key.substr(0, size), "hunter2"), pair.plain()) << size;
}

}  // namespace
}  // namespace certsync::pki
