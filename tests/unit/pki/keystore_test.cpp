#include "pki/keystore.h"

#include "unit/pki/cert_manager_keystores.h"
#include <gtest/gtest.h>
#include <openssl/err.h>

#include "base/encoding.h"
#include "pki/intake.h"
#include "pki/private_key.h"
#include "support/test_pki.h"

namespace certsync::pki {
namespace {

using support::Authority;
using support::Issued;

std::optional<SecretBytes> password(const char* text) {
  return text == nullptr ? std::nullopt : std::optional(SecretBytes(std::string(text)));
}

/// "leaf < intermediates, left out n, key fits", or the error.
std::string opened(const std::string& bytes, const char* word = "changeit") {
  const auto opened = open_keystore(SecretBytes(std::string(bytes)), password(word));
  if (!opened) return std::string(to_text(opened.error().kind)) + " " + to_text(opened.error());
  const auto chain = read_chain(opened->certificates);
  if (!chain) return to_text(chain.error());
  std::string text = chain->leaf->subject;
  for (const auto& intermediate : chain->intermediates)
    text += " < " + intermediate->subject;
  if (opened->private_key.empty()) return text + ", no key";
  const auto key = load_private_key(opened->private_key, *chain->leaf);
  return text + (key ? ", key fits" : ", " + key.error().message);
}

struct Estate {
  Authority root = Authority::root("Root");
  Authority ca = root.intermediate("CA");
  Issued leaf = ca.issue({.common_name = "www.example.com"});
  Issued rsa = ca.issue({.common_name = "rsa.example.com", .key = support::KeyKind::Rsa2048});
};

const Estate& estate() {
  static const Estate kEstate;
  return kEstate;
}

std::string keystore(support::Keystore profile = support::Keystore::Modern2023, const std::string& word = "changeit") {
  return support::to_pkcs12(estate().leaf.certificate_pem + estate().ca.certificate_pem(), estate().leaf.key_pem, word,
                            profile);
}

struct Profile {
  const char* name;
  const char* base64;
  support::Keystore same;
};

class CertManager : public testing::TestWithParam<Profile> {};

TEST_P(CertManager, KeystoreGivesLeafKeyAndChain) {
  EXPECT_EQ(opened(*from_base64(GetParam().base64)), "CN=www.example.com < CN=Fixture CA, key fits");
}

TEST_P(CertManager, ProfileOfAnotherWriterToo) {
  EXPECT_EQ(opened(keystore(GetParam().same)), "CN=www.example.com < CN=CA, key fits");
}

TEST_P(CertManager, OtherPasswordIsRefused) {
  EXPECT_EQ(opened(*from_base64(GetParam().base64), "changed"),
            "Stalled SecretInvalid: the password of spec.source.passwordSecretRef does not open the keystore, or it is "
            "damaged");
}

INSTANTIATE_TEST_SUITE_P(Profiles, CertManager,
                         testing::Values(Profile{"LegacyRC2", fixture::kLegacyRc2, support::Keystore::LegacyRc2},
                                         Profile{"LegacyDES", fixture::kLegacyDes, support::Keystore::LegacyDes},
                                         Profile{"Modern2023", fixture::kModern2023, support::Keystore::Modern2023}),
                         [](const auto& row) { return row.param.name; });

// OpenSSL writes its MAC from 3.4 on only, so there is no other writer here.
TEST(Keystore, CertManagersModern2026) {
  const auto bytes = *from_base64(fixture::kModern2026);

  EXPECT_EQ(opened(bytes), "CN=www.example.com < CN=Fixture CA, key fits");
  EXPECT_EQ(opened(bytes, "changeit\n"), "CN=www.example.com < CN=Fixture CA, key fits");
  EXPECT_EQ(opened(bytes, "changed"),
            "Stalled SecretInvalid: the password of spec.source.passwordSecretRef does not open the keystore, or it is "
            "damaged");
  EXPECT_EQ(opened(bytes, nullptr),
            "Stalled SecretInvalid: the keystore needs a password and none is given (spec.source.passwordSecretRef)");
}

TEST(Keystore, Modern2026IsRefusedWhenAnyByteBelowItsMacIsAnother) {
  const auto bytes = *from_base64(fixture::kModern2026);
  const std::size_t mac = 100;  // at the end: digest, algorithms, salts

  for (std::size_t i = 100; i < bytes.size() - mac; i += 3) {
    auto flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x41);
    EXPECT_EQ(opened(flipped).find("key fits"), std::string::npos) << i;
  }
}

TEST(Keystore, MacByATooShortKeyProvesNothing) {
  EXPECT_EQ(opened(*from_base64(fixture::kShortMacKey)),
            "Stalled SecretInvalid: the password of spec.source.passwordSecretRef does not open the keystore, or it is "
            "damaged");
}

TEST(Keystore, OrderInsideSaysNothing) {
  const auto& all = estate();
  const auto reversed = all.root.certificate_pem() + all.ca.certificate_pem();

  EXPECT_EQ(opened(support::to_pkcs12(all.leaf.certificate_pem + reversed, all.leaf.key_pem, "changeit")),
            "CN=www.example.com < CN=CA, key fits");
}

TEST(Keystore, CertificateOfTheKeyIsTheLeafAmongOthers) {
  const auto& all = estate();
  const auto stranger = all.ca.issue({.common_name = "stranger.example.com"});

  EXPECT_EQ(opened(support::to_pkcs12(all.rsa.certificate_pem + stranger.certificate_pem + all.ca.certificate_pem(),
                                      all.rsa.key_pem, "changeit")),
            "CN=rsa.example.com < CN=CA, key fits");
}

TEST(Keystore, WithoutAKeyItStillHasCertificates) {
  EXPECT_EQ(opened(support::to_pkcs12(estate().leaf.certificate_pem, "", "changeit")), "CN=www.example.com, no key");
}

TEST(Keystore, NoPasswordAndAnEmptyOneAreTheSame) {
  const auto open = keystore(support::Keystore::Modern2023, "");

  EXPECT_EQ(opened(open, nullptr), "CN=www.example.com < CN=CA, key fits");
  EXPECT_EQ(opened(open, ""), "CN=www.example.com < CN=CA, key fits");
  EXPECT_EQ(opened(keystore(), nullptr),
            "Stalled SecretInvalid: the keystore needs a password and none is given (spec.source.passwordSecretRef)");
}

TEST(Keystore, LineEndBehindThePasswordIsForgiven) {
  EXPECT_EQ(opened(keystore(), "changeit\r\n"), "CN=www.example.com < CN=CA, key fits");
  EXPECT_EQ(opened(keystore(support::Keystore::Modern2023, "changeit\n"), "changeit\n"),
            "CN=www.example.com < CN=CA, key fits");
}

TEST(Keystore, SaysWhatIsThereInstead) {
  EXPECT_EQ(opened(""), "Wait SecretIncomplete: the keystore is empty");
  EXPECT_EQ(opened("hello"), "Stalled SecretInvalid: this is no PKCS#12 keystore, or it is damaged");
  EXPECT_EQ(opened("\xFE\xED\xFE\xED rest"), "Stalled SecretInvalid: this is a Java keystore (JKS); PKCS#12 is needed");
  EXPECT_EQ(opened(estate().leaf.certificate_pem),
            "Stalled SecretInvalid: this is PEM and no PKCS#12 keystore; set spec.source.format to PEM");
}

TEST(Keystore, EveryCutAndManyFlippedBytesAreSurvived) {
  for (const auto& bytes : {keystore(), *from_base64(fixture::kModern2026)}) {
    for (std::size_t i = 0; i < bytes.size(); i += 7) {
      EXPECT_EQ(opened(bytes.substr(0, i)).find("key fits"), std::string::npos) << i;
      auto flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ 0x41);
      EXPECT_NE(opened(flipped), "") << i;
    }
  }
  EXPECT_EQ(ERR_peek_error(), 0UL);
}

}  // namespace
}  // namespace certsync::pki
