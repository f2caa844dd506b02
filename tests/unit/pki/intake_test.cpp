#include "pki/intake.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "pki/x509.h"
#include "support/test_pki.h"

namespace certsync::pki {
namespace {

using support::Authority;
using support::KeyKind;

// Root signs Upper signs Lower signs www; and some who have no business here.
struct World {
  Authority root = Authority::root("Root");
  Authority upper = root.intermediate("Upper");
  Authority lower = upper.intermediate("Lower");
  std::string leaf = lower.issue({.common_name = "www"}).certificate_pem;

  Authority other_root = Authority::root("Other Root");
  Authority upper_twin = upper.cross_signed_by(other_root);
  Authority lower_twin = lower.cross_signed_by(other_root);
  Authority forged_lower = other_root.intermediate("Lower");
  Authority stranger = Authority::root("Somewhere").intermediate("Stranger");
  std::string other_leaf = other_root.issue({.common_name = "shop"}).certificate_pem;
  std::string direct_leaf = root.issue({.common_name = "direct"}).certificate_pem;
  std::string lone = support::self_signed({.common_name = "lone"}).certificate_pem;
};
const World& world() {
  static const World one;
  return one;
}

// "www < Lower < Upper", then a line for each repair, then who is missing.
std::string picture(std::string_view bytes) {
  const auto chain = read_chain(bytes);
  if (!chain) return "error: " + chain.error().message;
  std::string text = chain->leaf->common_name;
  for (const auto& intermediate : chain->intermediates) {
    text += " < " + intermediate->common_name;
    // Twins have the same name.
    if (intermediate->issuer == "CN=Other Root") text += "(other root)";
  }
  for (const auto& repair : chain->repairs)
    text += "\n" + repair;
  if (!chain->missing_issuer.empty()) text += "\nmissing: " + chain->missing_issuer;
  return text;
}

struct ChainCase {
  std::string name;
  std::string text;
  std::string wanted;
};
class IntakeChains : public testing::TestWithParam<ChainCase> {};
TEST_P(IntakeChains, MakesTheChain) {
  EXPECT_EQ(picture(GetParam().text), GetParam().wanted);
}

std::vector<ChainCase> tidy_bundles() {
  const auto& w = world();
  return {
      {"InOrder", w.leaf + w.lower.certificate_pem() + w.upper.certificate_pem(), "www < Lower < Upper"},
      {"UpperAbsent", w.leaf + w.lower.certificate_pem(), "www < Lower"},
      {"Lone", w.lone, "lone"},
      {"DirectlyBelowARoot", w.direct_leaf, "direct\nmissing: CN=Root"},
      {"IssuerAbsent", w.leaf, "www\nmissing: CN=Lower"},
      {"RootAlone", w.root.certificate_pem(), "Root"},
      {"IntermediateAsLeaf", w.lower.certificate_pem() + w.upper.certificate_pem(), "Lower < Upper"},
  };
}
INSTANTIATE_TEST_SUITE_P(Tidy, IntakeChains, testing::ValuesIn(tidy_bundles()),
                         [](const auto& row) { return row.param.name; });

std::vector<ChainCase> mended_bundles() {
  const auto& w = world();
  const auto lower = w.lower.certificate_pem();
  const auto upper = w.upper.certificate_pem();
  const auto root = w.root.certificate_pem();
  return {
      {"Shuffled", w.leaf + upper + lower, "www < Lower < Upper\norder corrected: the leaf is CN=www"},
      {"Reversed", upper + lower + w.leaf, "www < Lower < Upper\norder corrected: the leaf is CN=www"},
      {"LeafSecond", lower + w.leaf, "www < Lower\norder corrected: the leaf is CN=www"},
      {"Duplicates", w.leaf + lower + w.leaf + lower + lower,
       "www < Lower\nduplicate left out: CN=www\nduplicate left out: CN=Lower"},
      {"RootIncluded", w.leaf + lower + upper + root, "www < Lower < Upper\nroot left out: CN=Root"},
      {"RootInTheMiddle", w.leaf + root + lower + upper, "www < Lower < Upper\nroot left out: CN=Root"},
      {"RootFirst", root + upper + lower + w.leaf,
       "www < Lower < Upper\norder corrected: the leaf is CN=www\nroot left out: CN=Root"},
      {"DirectlyBelowTheRootIncluded", w.direct_leaf + root, "direct\nroot left out: CN=Root"},
      {"OtherRoot", w.leaf + lower + w.other_root.certificate_pem(), "www < Lower\nroot left out: CN=Other Root"},
      {"StrangerBehind", w.leaf + lower + w.stranger.certificate_pem(),
       "www < Lower\nleft out CN=Stranger: it is not part of the chain of CN=www"},
      {"StrangerBefore", w.stranger.certificate_pem() + w.leaf + lower,
       "www < Lower\norder corrected: the leaf is CN=www\n"
       "left out CN=Stranger: it is not part of the chain of CN=www"},
      {"OtherLeafBehind", w.leaf + lower + w.other_leaf,
       "www < Lower\nleft out CN=shop: it is not part of the chain of CN=www"},
      {"GapInTheMiddle", w.leaf + upper,
       "www\nleft out CN=Upper: it is not part of the chain of CN=www\nmissing: CN=Lower"},
      {"LoneAndStranger", w.lone + lower, "lone\nleft out CN=Lower: it is not part of the chain of CN=lone"},
      {"PrivateKeyAmongThem", w.leaf + w.lower.key_pem() + lower,
       "www < Lower\na private key lies among the certificates"},
  };
}
INSTANTIATE_TEST_SUITE_P(Mended, IntakeChains, testing::ValuesIn(mended_bundles()),
                         [](const auto& row) { return row.param.name; });

std::vector<ChainCase> twins_and_forgeries() {
  const auto& w = world();
  const auto lower = w.lower.certificate_pem();
  const auto upper = w.upper.certificate_pem();
  const auto root = w.root.certificate_pem();
  const auto lower_twin = w.lower_twin.certificate_pem();
  const auto upper_twin = w.upper_twin.certificate_pem();
  const auto forged = w.forged_lower.certificate_pem();
  const std::string twin_out = "\nleft out CN=Lower: the same CA, cross-signed by CN=Other Root";
  const std::string forged_out =
      "\nleft out CN=Lower: it bears the name of the issuer of CN=www, but its key did not sign it";
  return {
      {"FirstTwinWins", w.leaf + lower + lower_twin, "www < Lower" + twin_out},
      {"FirstTwinWinsTheOtherWayRound", w.leaf + lower_twin + lower,
       "www < Lower(other root)\nleft out CN=Lower: the same CA, cross-signed by CN=Upper"},
      {"LongerPathWins", w.leaf + lower_twin + lower + upper, "www < Lower < Upper" + twin_out},
      {"PathBelowARootWins", w.leaf + upper + lower + lower_twin + w.other_root.certificate_pem(),
       "www < Lower(other root)\n"
       "left out CN=Upper: it is not part of the chain of CN=www\n"
       "left out CN=Lower: the same CA, cross-signed by CN=Upper\nroot left out: CN=Other Root"},
      {"BothBelowARoot", w.leaf + lower + upper + upper_twin + root + w.other_root.certificate_pem(),
       "www < Lower < Upper\nleft out CN=Upper: the same CA, cross-signed by CN=Other Root\n"
       "root left out: CN=Root\nroot left out: CN=Other Root"},
      {"ForgedBehind", w.leaf + lower + forged, "www < Lower" + forged_out},
      {"ForgedBefore", w.leaf + forged + lower, "www < Lower" + forged_out},
      {"ForgedOnly", w.leaf + forged, "www" + forged_out + "\nmissing: CN=Lower"},
  };
}
INSTANTIATE_TEST_SUITE_P(Twins, IntakeChains, testing::ValuesIn(twins_and_forgeries()),
                         [](const auto& row) { return row.param.name; });

TEST(Intake, WholeChainKeepsItsBytes) {
  const auto& w = world();
  const auto chain = read_chain(w.upper.certificate_pem() + w.leaf + w.lower.certificate_pem()).value();

  EXPECT_EQ(to_pem(*chain.leaf), w.leaf);
  ASSERT_EQ(chain.intermediates.size(), 2U);
  EXPECT_EQ(to_pem(*chain.intermediates[0]), w.lower.certificate_pem());
  EXPECT_EQ(to_pem(*chain.intermediates[1]), w.upper.certificate_pem());
}

TEST(Intake, SaysNothingAboutDates) {
  const auto now = std::chrono::system_clock::now();
  const auto expired = world().lower.issue(
      {.common_name = "old", .not_before = now - std::chrono::hours(48), .not_after = now - std::chrono::hours(24)});

  EXPECT_EQ(picture(expired.certificate_pem + world().lower.certificate_pem()), "old < Lower");
}

struct TemporaryCase {
  std::string name;
  std::string issuer;
  std::string subject_serial_number;
  bool temporary;
};
class IntakeTemporary : public testing::TestWithParam<TemporaryCase> {};
TEST_P(IntakeTemporary, StandInOfCertManager) {
  const auto leaf = Authority::root(GetParam().issuer)
                        .issue({.common_name = "www", .subject_serial_number = GetParam().subject_serial_number});

  EXPECT_EQ(read_chain(leaf.certificate_pem).value().temporary, GetParam().temporary);
}
INSTANTIATE_TEST_SUITE_P(All, IntakeTemporary,
                         testing::Values(TemporaryCase{"Both", "cert-manager.local", "1234567890", true},
                                         TemporaryCase{"NumberOnly", "Some CA", "1234567890", false},
                                         TemporaryCase{"IssuerOnly", "cert-manager.local", "", false},
                                         TemporaryCase{"OtherNumber", "cert-manager.local", "12345678901", false}),
                         [](const auto& row) { return row.param.name; });

// The temporary certificate of cert-manager 1.21.2 for late.example.com.
constexpr char kTemporary[] = R"(-----BEGIN CERTIFICATE-----
MIIB3TCCAT6gAwIBAgIUOgesMlIypEH4BNcW9aTtg3GhS78wCgYIKoZIzj0EAwQw
HTEbMBkGA1UEAxMSY2VydC1tYW5hZ2VyLmxvY2FsMB4XDTI2MTEyNTA5NDcwOVoX
DTI3MDIyMzA5NDcwOVowGzEZMBcGA1UEAxMQbGF0ZS5leGFtcGxlLmNvbTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABKfgPbjUn0xcMswi4rwm212yMkp8MBpKOxYK
qsF53QL2KnQPCteSgY5apMXmR9zL8TNRYHk8ZDyBmX9GgkYYz3yjXjBcMA4GA1Ud
DwEB/wQEAwIFoDAMBgNVHRMBAf8EAjAAMB8GA1UdIwQYMBaAFIzSGIKTm1eHQ5ar
YIOus6wSMwnCMBsGA1UdEQQUMBKCEGxhdGUuZXhhbXBsZS5jb20wCgYIKoZIzj0E
AwQDgYwAMIGIAkIBR96kDmH4HYKmgtIt3Qz2vPdCEplMHK8nEO3X0bWkXcvfAAio
+yhLKDI6oqw1QD66Jfbt22PbQA5YkzoljpY/I9sCQgCk9a1K/mjupXLKXtIkzHrq
EllNJ+mUORKjQ0Buf8LG0tX9Dnw0FXyrU1h/v7VHBYzmeebIEOqeqgF8scII09CS
1A==
-----END CERTIFICATE-----
)";

TEST(Intake, KnowsWhatCertManagerReallyWrites) {
  EXPECT_TRUE(read_chain(kTemporary).value().temporary);
}

struct KeyTaken {
  std::string name;
  KeyKind kind;
  /// Empty = usable.
  std::string problem;
};
class IntakeKeys : public testing::TestWithParam<KeyTaken> {};
TEST_P(IntakeKeys, LeafMustSuitTheAppliance) {
  const auto leaf = world().root.issue({.common_name = "www", .key = GetParam().kind});
  const auto chain = read_chain(leaf.certificate_pem);

  EXPECT_EQ(chain.has_value(), GetParam().problem.empty());
  if (chain) return;
  EXPECT_EQ(chain.error().kind, ErrorKind::Stalled);
  EXPECT_EQ(chain.error().reason, Reason::SecretInvalid);
  EXPECT_TRUE(chain.error().message.starts_with("the certificate CN=www has " + GetParam().problem))
      << chain.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    All, IntakeKeys,
    testing::Values(KeyTaken{"P224", KeyKind::EcP224, ""}, KeyTaken{"P256", KeyKind::EcP256, ""},
                    KeyTaken{"P384", KeyKind::EcP384, ""}, KeyTaken{"P521", KeyKind::EcP521, ""},
                    KeyTaken{"Rsa512", KeyKind::Rsa512, ""}, KeyTaken{"Rsa1024", KeyKind::Rsa1024, ""},
                    KeyTaken{"Rsa4096", KeyKind::Rsa4096, ""},
                    KeyTaken{"Rsa1040", KeyKind::Rsa1040, "an RSA key of 1040 bits; NetScaler takes 512 to 4096"},
                    KeyTaken{"Rsa4608", KeyKind::Rsa4608Public, "an RSA key of 4608 bits"},
                    KeyTaken{"Rsa8192", KeyKind::Rsa8192Public, "an RSA key of 8192 bits"},
                    KeyTaken{"RsaPss", KeyKind::RsaPss2048, "a key of the kind RSA-PSS"},
                    KeyTaken{"OtherCurve", KeyKind::EcSecp256k1, "an EC key on the curve secp256k1"},
                    KeyTaken{"Ed25519", KeyKind::Ed25519, "a key of the kind ED25519; NetScaler takes RSA and ECDSA"}),
    [](const auto& row) { return row.param.name; });

TEST(Intake, IntermediatesMayHaveAnyKey) {
  const auto edwards = world().root.intermediate("Edwards", "", KeyKind::Ed25519);
  const auto leaf = edwards.issue({.common_name = "www"});

  EXPECT_EQ(picture(leaf.certificate_pem + edwards.certificate_pem()), "www < Edwards");
}

TEST(Intake, ErrorsOfReadingComeThrough) {
  EXPECT_EQ(read_chain("").error().reason, Reason::SecretIncomplete);
  EXPECT_EQ(read_chain("").error().kind, ErrorKind::Wait);
  EXPECT_NE(picture(world().leaf + world().leaf.substr(0, 200)).find("certificate 2 is cut off"), std::string::npos);
}

TEST(Intake, LeafWithoutSubjectIsNamedByItsFirstName) {
  const auto leaf = world().lower.issue({.dns_names = {"a.example.com"}});

  EXPECT_EQ(read_chain(world().lower.certificate_pem() + leaf.certificate_pem).value().repairs.front(),
            "order corrected: the leaf is a.example.com");
}

TEST(Intake, LongNamesAreShortenedBetweenLetters) {
  std::string name;
  for (int i = 0; i < 20; ++i)
    name += "äb";
  const auto stranger = Authority::root("x").issue(
      {.common_name = name, .organization = name, .subject_serial_number = std::string(60, '1')});

  const auto repairs = read_chain(world().leaf + stranger.certificate_pem).value().repairs;

  ASSERT_EQ(repairs.size(), 1U);
  EXPECT_LT(repairs[0].size(), 200U);
  EXPECT_NE(repairs[0].find("äb...: it is not part"), std::string::npos) << repairs[0];
}

TEST(Intake, CasThatSignedEachOtherAreNotPassedTwice) {
  const auto& w = world();
  const auto a = w.root.intermediate("A");
  const auto b = w.root.intermediate("B");
  const auto a_by_b = a.cross_signed_by(b);
  const auto b_by_a = b.cross_signed_by(a);
  const auto leaf = a.issue({.common_name = "www"});

  EXPECT_EQ(picture(leaf.certificate_pem + a_by_b.certificate_pem() + b_by_a.certificate_pem()), "www < A < B");
  EXPECT_EQ(picture(leaf.certificate_pem + a_by_b.certificate_pem() + b_by_a.certificate_pem() + a.certificate_pem()),
            "www < A\nleft out CN=A: the same CA, cross-signed by CN=B\n"
            "left out CN=B: it is not part of the chain of CN=www");
}

// Five CAs that all signed each other, several times: a path ends after each was passed once.
TEST(Intake, BundleOfRingsIsWalkedOnce) {
  std::vector<Authority> authorities;
  for (const char* name : {"A", "B", "C", "D", "E"})
    authorities.push_back(world().root.intermediate(name));
  std::string text = authorities[0].issue({.common_name = "www"}).certificate_pem;
  for (std::size_t i = 1; i < kMaxCertificates; ++i) {
    const auto& issuer = authorities[(i / 5 + i) % 5];
    text += authorities[i % 5].cross_signed_by(issuer).certificate_pem();
  }

  const auto chain = read_chain(text);

  ASSERT_TRUE(chain.has_value());
  EXPECT_EQ(chain->leaf->common_name, "www");
  EXPECT_LE(chain->intermediates.size(), 5U);
  EXPECT_EQ(ERR_peek_error(), 0UL);
}

}  // namespace
}  // namespace certsync::pki
