#include "base/encoding.h"

#include <gtest/gtest.h>

namespace certsync {
namespace {

using Pair = std::pair<std::string, std::string>;

// RFC 4648, section 10.
class Base64 : public testing::TestWithParam<Pair> {};

TEST_P(Base64, GoesBothWays) {
  const auto& [bytes, text] = GetParam();

  EXPECT_EQ(to_base64(bytes), text);
  EXPECT_EQ(from_base64(text), bytes);
}

INSTANTIATE_TEST_SUITE_P(Encoding, Base64,
                         testing::Values(Pair{"", ""}, Pair{"f", "Zg=="}, Pair{"fo", "Zm8="}, Pair{"foo", "Zm9v"},
                                         Pair{"foob", "Zm9vYg=="}, Pair{"fooba", "Zm9vYmE="},
                                         Pair{"foobar", "Zm9vYmFy"}, Pair{std::string("\0\0\0", 3), "AAAA"},
                                         Pair{std::string("\0", 1), "AA=="}, Pair{"\xff\xef\xbe", "/+++"}));

class BadBase64 : public testing::TestWithParam<const char*> {};

TEST_P(BadBase64, IsRefused) {
  EXPECT_EQ(from_base64(GetParam()), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Encoding, BadBase64,
                         testing::Values("Z", "Zg", "Zg=", "Zg===", "====", "=", "Z===", "Zg==Zg==", "Zm9-", "Zm_v",
                                         "Zm9v!", "Z\xc3\xa4g=", "Zg=a"));

TEST(Encoding, Base64SkipsWhiteSpace) {
  EXPECT_EQ(from_base64(" Zm\r\n9v\tYg\n= =\n"), "foob");
  EXPECT_EQ(from_base64(" \r\n\t"), "");
}

TEST(Encoding, Base64TakesEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i)
    bytes.push_back(static_cast<char>(i));

  EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
}

TEST(Encoding, HexIsLowerCase) {
  EXPECT_EQ(to_hex(std::string("\x00\x0f\xf0\xff", 4)), "000ff0ff");
  EXPECT_EQ(to_hex(""), "");
}

// FIPS 180-4 examples.
TEST(Encoding, Sha256OfKnownTexts) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("abc")), sha256_hex("abc"));
}

TEST(Encoding, LowerCaseIsOfAsciiOnly) {
  EXPECT_EQ(to_lower("AbZ09-\xc3\x84"), "abz09-\xc3\x84");
}

TEST(Encoding, TrimTakesBothEnds) {
  EXPECT_EQ(trim(" \t\r\na b\n"), "a b");
  EXPECT_EQ(trim("ab"), "ab");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(trim(""), "");
}

}  // namespace
}  // namespace certsync
