// Names that carry meaning: certkeys as users ask for them, files as the operator marks them.
#include "model/naming.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace certsync::model {
namespace {

constexpr std::size_t kDefaultLength = 31;

std::string filled(std::string_view pattern, const ObjectRef& secret = {"team-a", "www-tls"},
                   std::size_t max_length = kDefaultLength) {
  const auto name = certkey_name(pattern, max_length, secret, "www");
  return name ? *name : std::string(to_text(name.error().reason));
}

struct Filled {
  const char* name;
  const char* pattern;
  const char* certkey;
};

class CertkeyName : public testing::TestWithParam<Filled> {};

TEST_P(CertkeyName, IsFilledFromItsPattern) {
  EXPECT_EQ(filled(GetParam().pattern), GetParam().certkey);
}

INSTANTIATE_TEST_SUITE_P(
    Naming, CertkeyName,
    testing::Values(
        Filled{"Default", "{{namespace}}_{{secret}}", "team-a_www-tls"},
        Filled{"Resource", "{{name}}-cert", "www-cert"}, Filled{"BlanksInTheBraces", "{{ secret }}", "www-tls"},
        Filled{"TwiceTheSame", "{{name}}.{{name}}", "www.www"},
        Filled{"RefusedCharactersBecomeHyphens", "a b#c:d@e=f/{{name}}", "a-b-c-d-e-f-www"},
        Filled{"FirstCharacterGetsAnUnderscore", "-{{name}}", "_-www"},
        Filled{"FirstCharacterADot", ".{{name}}", "_.www"},
        Filled{"FirstCharacterReplacedGetsAnUnderscore", "#{{name}}", "_-www"},
        Filled{"FirstCharacterADigit", "1{{name}}", "1www"}, Filled{"FirstCharacterAnUnderscore", "_{{name}}", "_www"},
        Filled{"UnknownPlaceholder", "{{uid}}", "SpecInvalid"}, Filled{"UnclosedPlaceholder", "{{name", "SpecInvalid"},
        Filled{"EmptyPlaceholder", "{{}}", "SpecInvalid"}, Filled{"Literal", "my cert", "my cert"},
        Filled{"LiteralWithItsWholeSet", "_#. :@=-Az09", "_#. :@=-Az09"},
        Filled{"LiteralFirstCharacter", "-www", "NameRefused"}, Filled{"LiteralWithASlash", "a/b", "NameRefused"},
        Filled{"LiteralWithAQuote", "a'b", "NameRefused"}, Filled{"LiteralWithANewline", "a\nb", "NameRefused"},
        Filled{"LiteralBeyondAscii", "www\xc3\xa4", "NameRefused"}, Filled{"EmptyLiteral", "", "SpecInvalid"}),
    [](const auto& row) { return row.param.name; });

TEST(Naming, DefaultNamesOfTwoSecretsNeverMeet) {
  EXPECT_NE(filled("{{namespace}}_{{secret}}", {"a", "b-c"}), filled("{{namespace}}_{{secret}}", {"a-b", "c"}));
}

TEST(Naming, NameOfExactlyTheLimitStays) {
  const std::string long_name(20, 'x');

  EXPECT_EQ(filled("{{secret}}", {"", long_name}, 20), long_name);
  EXPECT_EQ(filled("{{secret}}", {"", std::string(63, 'y')}, 63), std::string(63, 'y'));
}

TEST(Naming, LongerNamesKeepTheirBeginningAndADigestOfTheWhole) {
  const std::string secret = "a-rather-long-name-of-a-secret-0001";
  const std::string whole = "team-a_" + secret;
  const std::string digest = sha256_hex(whole).substr(0, 8);

  const auto at_31 = filled("{{namespace}}_{{secret}}", {"team-a", secret});
  const auto at_40 = filled("{{namespace}}_{{secret}}", {"team-a", secret}, 40);

  EXPECT_EQ(at_31, whole.substr(0, 22) + "-" + digest);
  EXPECT_EQ(at_31.size(), 31U);
  EXPECT_EQ(at_40, whole.substr(0, 31) + "-" + digest);
  EXPECT_NE(at_31, filled("{{namespace}}_{{secret}}", {"team-a", "a-rather-long-name-of-a-secret-0002"}));
}

TEST(Naming, MaximumOf63HoldsWhateverTheSpecSays) {
  EXPECT_EQ(filled("{{secret}}", {"", std::string(253, 'x')}, 63).size(), 63U);
  EXPECT_EQ(filled("{{secret}}", {"", std::string(253, 'x')}, 1000).size(), 63U);
}

TEST(Naming, LiteralIsNeverShortened) {
  EXPECT_EQ(filled(std::string(63, 'x'), {}, 31), std::string(63, 'x'));
  EXPECT_EQ(filled(std::string(64, 'x'), {}, 31), "NameRefused");
}

TEST(Naming, OwnerIdIsItsOwnMarkIfShortAndPlain) {
  EXPECT_EQ(owner_mark("prod1"), "prod1");
  EXPECT_EQ(owner_mark("abcdefghij12"), "abcdefghij12");
  for (const std::string id : {"abcdefghij123", "Prod", "a-b", "", "a_b", "6b0e8f3e-9d3c-4c57-9a53-000000000000"})
    EXPECT_EQ(owner_mark(id), sha256_hex(id).substr(0, 12)) << id;
}

TEST(Naming, ResourceMarkIsOfNamespaceAndName) {
  EXPECT_EQ(resource_mark({"team-a", "www"}), sha256_hex("team-a/www").substr(0, 16));
  EXPECT_NE(resource_mark({"a", "b"}), resource_mark({"b", "a"}));
}

const std::string kResource = "0123456789abcdef";
const std::string kContent = "aaaaaaaaaaaaaaaabbbbbbbb";

TEST(Naming, FileNameIsReadBackAndFitsTheAppliance) {
  for (const char* owner : {"a", "prod1", "123456789012", "000000000000"}) {
    for (const auto kind : {FileKind::Certificate, FileKind::Key}) {
      const FileMark mark{owner, kResource, kContent, kind};
      const auto name = file_name(mark);
      EXPECT_EQ(parse_file_name(name), mark) << name;
      EXPECT_LE(name.size(), 60U) << name;
    }
  }
  EXPECT_EQ(file_name({"prod1", kResource, kContent, FileKind::Key}),
            "cs-prod1-0123456789abcdefaaaaaaaaaaaaaaaabbbbbbbb.key");
}

TEST(Naming, SharedFilesHaveNoResource) {
  EXPECT_TRUE(parse_file_name("cs-own-0000000000000000" + kContent + ".pem")->shared());
  EXPECT_FALSE(parse_file_name("cs-own-" + kResource + kContent + ".pem")->shared());
}

struct Path {
  const char* name;
  const char* path;
  bool ours;
};

class FilePath : public testing::TestWithParam<Path> {};

TEST_P(FilePath, IsReadOnlyIfItIsAMark) {
  std::string path = GetParam().path;
  const auto place = path.find('$');
  if (place != std::string::npos) path.replace(place, 1, kResource + kContent);

  EXPECT_EQ(parse_file_name(path).has_value(), GetParam().ours) << path;
}

INSTANTIATE_TEST_SUITE_P(
    Naming, FilePath,
    testing::Values(
        Path{"Bare", "cs-own-$.pem", true}, Path{"SslFolder", "/nsconfig/ssl/cs-own-$.pem", true},
        Path{"DoubledSlash", "/nsconfig/ssl//cs-own-$.pem", true},
        Path{"Flash", "/flash/nsconfig/ssl/cs-own-$.key", true}, Path{"AnotherFolder", "/var/tmp/cs-own-$.pem", false},
        Path{"FolderBelow", "/nsconfig/ssl/old/cs-own-$.pem", false}, Path{"OtherEnding", "cs-own-$.crt", false},
        Path{"EndingTwice", "cs-own-$.pem.bak", false}, Path{"NoEnding", "cs-own-$", false},
        Path{"OtherBeginning", "xs-own-$.pem", false}, Path{"UpperCaseBeginning", "CS-own-$.pem", false},
        Path{"NoOwner", "cs--$.pem", false}, Path{"NoOwnerAndNoHyphen", "cs-$.pem", false},
        Path{"OwnerTooLong", "cs-abcdefghij123-$.pem", false}, Path{"OwnerWithAHyphen", "cs-a-b-$.pem", false},
        Path{"OwnerInUpperCase", "cs-OWN-$.pem", false}, Path{"DigitsTooFew", "cs-own-0123456789abcdef.pem", false},
        Path{"DigitsTooMany", "cs-own-0$.pem", false},
        Path{"DigitsInUpperCase", "cs-own-0123456789ABCDEFaaaaaaaaaaaaaaaabbbbbbbb.pem", false},
        Path{"NotHex", "cs-own-0123456789abcdegaaaaaaaaaaaaaaaabbbbbbbb.pem", false},
        Path{"Persons", "www.example.com.pem", false}, Path{"Empty", "", false}),
    [](const auto& row) { return row.param.name; });

TEST(Naming, BareNameIsWithoutTheSslFolderOnly) {
  EXPECT_EQ(bare_file_name("/nsconfig/ssl/a.pem"), "a.pem");
  EXPECT_EQ(bare_file_name("/flash/nsconfig/ssl/a.pem"), "a.pem");
  EXPECT_EQ(bare_file_name("/nsconfig/ssl//a.pem"), "a.pem");
  EXPECT_EQ(bare_file_name("a.pem"), "a.pem");
  EXPECT_EQ(bare_file_name("/nsconfig/ssl/sub/a.pem"), "/nsconfig/ssl/sub/a.pem");
  EXPECT_EQ(bare_file_name("/nsconfig/sslx/a.pem"), "/nsconfig/sslx/a.pem");
  EXPECT_EQ(bare_file_name("/var/a.pem"), "/var/a.pem");
}

TEST(Naming, IntermediateIsNamedByItsDigest) {
  const std::string digest = sha256_hex("anything");

  EXPECT_EQ(intermediate_name(digest), "cs-ca-" + digest.substr(0, 24));
  EXPECT_LE(intermediate_name(digest).size(), 31U);
}

}  // namespace
}  // namespace certsync::model
