// The authority of the tests has to be right itself: a wrong one would make wrong code look right.
#include "support/test_pki.h"

#include <gtest/gtest.h>

#include "pki/x509.h"

namespace {

using certsync::pki::issued_by;
using certsync::pki::read_first_certificate;
using support::Authority;

auto parsed(const std::string& pem) {
  return *read_first_certificate(pem).value();
}

TEST(TestPki, AuthoritiesSignWhatTheyIssue) {
  const auto root = Authority::root("Root");
  const auto middle = root.intermediate("Middle", "0A0B");
  const auto leaf = middle.issue({.common_name = "www.example.com"});

  EXPECT_TRUE(issued_by(parsed(leaf.certificate_pem), parsed(middle.certificate_pem())));
  EXPECT_TRUE(issued_by(parsed(middle.certificate_pem()), parsed(root.certificate_pem())));
  EXPECT_FALSE(issued_by(parsed(leaf.certificate_pem), parsed(root.certificate_pem())));
  EXPECT_EQ(parsed(middle.certificate_pem()).serial, "A0B");
}

TEST(TestPki, CrossSignedTwinsSignTheSame) {
  const auto old_root = Authority::root("Old Root");
  const auto new_root = Authority::root("New Root");
  const auto middle = new_root.intermediate("Middle");
  const auto twin = middle.cross_signed_by(old_root);
  const auto leaf = parsed(middle.issue({.common_name = "www"}).certificate_pem);

  EXPECT_TRUE(issued_by(leaf, parsed(twin.certificate_pem())));
  EXPECT_TRUE(issued_by(leaf, parsed(middle.certificate_pem())));
  EXPECT_EQ(parsed(twin.certificate_pem()).issuer, "CN=Old Root");
  EXPECT_EQ(parsed(twin.certificate_pem()).subject, "CN=Middle");
}

TEST(TestPki, RenewalKeepsTheKey) {
  const auto root = Authority::root("Root");
  const auto first = root.issue({.common_name = "www"});
  const auto second = root.issue_for_key(first.key_pem, {.common_name = "www"});

  EXPECT_EQ(second.key_pem, first.key_pem);
  EXPECT_NE(second.certificate_pem, first.certificate_pem);
}

}  // namespace
