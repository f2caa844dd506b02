#include "pki/tls_material.h"

#include <gtest/gtest.h>

#include "support/test_pki.h"

namespace certsync::pki {
namespace {

using support::KeyKind;

std::string cut(const std::string& pem) {
  return pem.substr(0, pem.size() / 2);
}

TEST(TlsMaterial, SaysWhatIsWrongWithABundle) {
  const auto a = support::Authority::root("A").certificate_pem();
  const auto b = support::Authority::root("B").certificate_pem();

  EXPECT_EQ(ca_bundle_problem(a + "text between\n" + b), "");
  EXPECT_EQ(ca_bundle_problem(""), "holds no certificate in PEM");
  EXPECT_EQ(ca_bundle_problem("no PEM"), "holds no certificate in PEM");
  EXPECT_EQ(ca_bundle_problem(a + cut(b)), "holds a certificate that cannot be read");
}

TEST(TlsMaterial, SaysWhatIsWrongWithAnIdentity) {
  const auto authority = support::Authority::root("A");
  const auto one = authority.issue({.common_name = "one"});
  const auto edwards = authority.issue({.common_name = "two", .key = KeyKind::Ed25519});
  const auto problem = [](const std::string& certificates, std::string key) {
    return identity_problem(certificates, SecretBytes(std::move(key)));
  };

  EXPECT_EQ(problem(one.certificate_pem, one.key_pem), "");
  EXPECT_EQ(problem(one.certificate_pem + authority.certificate_pem(), support::to_traditional_pem(one.key_pem)), "");
  EXPECT_EQ(problem(edwards.certificate_pem, edwards.key_pem), "");
  EXPECT_EQ(problem(one.certificate_pem, edwards.key_pem), "the client key does not belong to the client certificate");
  EXPECT_EQ(problem(cut(one.certificate_pem), one.key_pem),
            "the client certificate holds a certificate that cannot be read");
  const std::string no_key = "the client key is no private key in PEM, or it is encrypted";
  EXPECT_EQ(problem(one.certificate_pem, cut(one.key_pem)), no_key);
  EXPECT_EQ(problem(one.certificate_pem, ""), no_key);
  EXPECT_EQ(problem(one.certificate_pem, support::to_encrypted_pkcs8(one.key_pem, "secret")), no_key);
}

}  // namespace
}  // namespace certsync::pki
