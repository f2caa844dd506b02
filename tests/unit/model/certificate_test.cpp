#include "model/certificate.h"

#include <gtest/gtest.h>

#include "support/test_pki.h"

namespace certsync::model {
namespace {

struct Spelling {
  const char* name;
  const char* one;
  const char* other;
};

class SameName : public testing::TestWithParam<Spelling> {};

TEST_P(SameName, InAnotherSpelling) {
  EXPECT_EQ(comparable_name(GetParam().one), comparable_name(GetParam().other));
}

INSTANTIATE_TEST_SUITE_P(Certificate, SameName,
                         testing::Values(Spelling{"LeadingBlank", "C=US,O=Let's Encrypt,CN=R3",
                                                  " C=US,O=Let's Encrypt,CN=R3"},
                                         Spelling{"BlanksAroundSigns", "C=US,CN=R3", "C = US, CN = R3"},
                                         Spelling{"Slashes", "C=US,CN=R3", "/C=US/CN=R3"},
                                         Spelling{"OtherOrder", "C=US,O=Example,CN=R3", "CN=R3,O=Example,C=US"},
                                         Spelling{"CaseOfTheKeys", "cn=R3,emailAddress=a@b", "CN=R3,EMAILADDRESS=a@b"},
                                         Spelling{"CommaInAValue", "O=Example, Inc.,CN=R3", "/O=Example, Inc./CN=R3"}),
                         [](const auto& row) { return row.param.name; });

class OtherName : public testing::TestWithParam<Spelling> {};

TEST_P(OtherName, StaysAnother) {
  EXPECT_NE(comparable_name(GetParam().one), comparable_name(GetParam().other));
}

INSTANTIATE_TEST_SUITE_P(Certificate, OtherName,
                         testing::Values(Spelling{"Value", "CN=R3", "CN=R4"}, Spelling{"Key", "CN=R3", "O=R3"},
                                         Spelling{"CaseOfTheValue", "CN=r3", "CN=R3"},
                                         Spelling{"OneMore", "CN=R3", "CN=R3,O=Example"},
                                         Spelling{"TwiceTheSame", "CN=R3,CN=R3", "CN=R3"},
                                         Spelling{"Split", "O=a,CN=b", "O=a CN=b"}, Spelling{"Nothing", "", "CN=R3"}),
                         [](const auto& row) { return row.param.name; });

struct SerialText {
  const char* name;
  const char* text;
  const char* comparable;
};

class Serial : public testing::TestWithParam<SerialText> {};

TEST_P(Serial, IsUpperCaseHexWithoutDecoration) {
  EXPECT_EQ(comparable_serial(GetParam().text), GetParam().comparable);
}

INSTANTIATE_TEST_SUITE_P(Certificate, Serial,
                         testing::Values(SerialText{"Colons", "04:a1:0f", "4A10F"},
                                         SerialText{"LeadingZeros", "0004A1", "4A1"},
                                         SerialText{"ZerosInside", "4A0010", "4A0010"},
                                         SerialText{"Blanks", " 04 A1 ", "4A1"}, SerialText{"Zero", "00", "0"},
                                         SerialText{"Empty", "", "0"}),
                         [](const auto& row) { return row.param.name; });

TEST(Certificate, SameIssueIsSerialAndIssuer) {
  Certificate certificate;
  certificate.serial = "4A1";
  certificate.issuer = "C=US,CN=R3";

  EXPECT_TRUE(same_issue(certificate, "04:a1", " CN = R3, C = US"));
  EXPECT_FALSE(same_issue(certificate, "4A2", "C=US,CN=R3"));
  EXPECT_FALSE(same_issue(certificate, "4A1", "C=US,CN=R4"));
}

TEST(Certificate, PemBytesAreThoseOfARealPem) {
  const auto root = support::Authority::root("Root");
  // One more character in the name moves the length of the DER by one: all three forms of padding, and full lines.
  for (std::size_t length = 1; length <= 60; ++length) {
    const auto pem = root.issue({.common_name = std::string(length, 'x')}).certificate_pem;
    Certificate certificate;
    certificate.der = support::certificate_to_der(pem);
    ASSERT_EQ(pem_bytes(certificate), pem.size()) << pem;
  }
}

TEST(Certificate, KeyTypesHaveTheNamesPeopleUse) {
  EXPECT_EQ(to_text(KeyType::Rsa), "RSA");
  EXPECT_EQ(to_text(KeyType::Ecdsa), "ECDSA");
  EXPECT_EQ(to_text(KeyType::Other), "other");
}

}  // namespace
}  // namespace certsync::model
