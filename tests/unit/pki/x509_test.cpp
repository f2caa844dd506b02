#include "pki/x509.h"

#include <thread>

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "base/encoding.h"
#include "base/time_text.h"
#include "support/test_pki.h"

namespace certsync::pki {
namespace {

using support::Authority;
using support::KeyKind;

const Authority& test_root() {
  static const auto root = Authority::root("Test Root");
  return root;
}

std::string pem_for(const std::string& name) {
  return test_root().issue({.common_name = name}).certificate_pem;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string body_of(const std::string& pem) {
  const auto start = pem.find('\n') + 1;
  return pem.substr(start, pem.find("-----END") - start);
}

std::vector<std::string> names_in(std::string_view bytes) {
  const auto certificates = read_certificates(bytes);
  if (!certificates) return {"error: " + certificates.error().message};
  std::vector<std::string> names;
  for (const auto& certificate : *certificates)
    names.push_back(certificate->common_name);
  return names;
}

using Names = std::vector<std::string>;

TEST(X509, ShowsWhatTheCertificateSays) {
  const auto issued = test_root().issue({.common_name = "www.example.com",
                                         .dns_names = {"www.example.com", "*.example.org"},
                                         .not_before = *from_rfc3339("2026-01-02T03:04:05Z"),
                                         .not_after = *from_rfc3339("2055-01-02T03:04:05Z"),
                                         .serial_hex = "00ab12",
                                         .organization = "Example, Inc. Ä"});

  const auto certificate = read_first_certificate(issued.certificate_pem).value();

  EXPECT_EQ(certificate->subject, "O=Example, Inc. Ä,CN=www.example.com");
  EXPECT_EQ(certificate->issuer, "CN=Test Root");
  EXPECT_EQ(certificate->common_name, "www.example.com");
  EXPECT_EQ(certificate->dns_names, (Names{"www.example.com", "*.example.org"}));
  EXPECT_EQ(certificate->serial, "AB12");
  EXPECT_EQ(to_rfc3339(certificate->not_before), "2026-01-02T03:04:05Z");
  EXPECT_EQ(to_rfc3339(certificate->not_after), "2055-01-02T03:04:05Z");
  EXPECT_EQ(certificate->signature_algorithm, "ecdsa-with-SHA256");
  EXPECT_EQ(certificate->sha256, sha256_hex(support::certificate_to_der(issued.certificate_pem)));
  EXPECT_FALSE(certificate->is_ca);
  EXPECT_FALSE(certificate->self_signed);
}

TEST(X509, KnowsRootsAndLoneCertificates) {
  const auto root = read_first_certificate(test_root().certificate_pem()).value();
  const auto lone = read_first_certificate(support::self_signed({.common_name = "lone"}).certificate_pem).value();

  EXPECT_TRUE(root->is_ca && root->self_signed);
  EXPECT_TRUE(!lone->is_ca && lone->self_signed);
}

TEST(X509, NameOfItsIssuerAloneDoesNotMakeItSelfSigned) {
  const auto other = Authority::root("same name").issue({.common_name = "same name"});

  EXPECT_FALSE(read_first_certificate(other.certificate_pem).value()->self_signed);
}

TEST(X509, EscapesControlCharacters) {
  const auto issued = test_root().issue({.common_name = "a\nb", .organization = "tab\there"});

  const auto certificate = read_first_certificate(issued.certificate_pem).value();

  EXPECT_EQ(certificate->subject, "O=tab\\09here,CN=a\\0Ab");
  EXPECT_EQ(certificate->common_name, "a\\0Ab");
}

TEST(X509, EndOfAllTimeDoesNotWrapAround) {
  // 99991231235959Z in seconds; a TimePoint in nanoseconds ends in 2262. The options' TimePoint cannot say it either.
  auto der = support::certificate_to_der(
      test_root().issue({.common_name = "iot", .not_after = *from_rfc3339("2055-01-01T00:00:00Z")}).certificate_pem);
  const auto at = der.find("20550101000000Z");
  ASSERT_NE(at, std::string::npos);
  der.replace(at, 15, "99991231235959Z");

  EXPECT_EQ(to_rfc3339(read_first_certificate(der).value()->not_after).substr(0, 4), "2262");
}

TEST(X509, WithoutAnyNameIsFine) {
  const auto certificate = read_first_certificate(test_root().issue({.dns_names = {"a.b"}}).certificate_pem).value();

  EXPECT_EQ(certificate->subject, "");
  EXPECT_EQ(certificate->common_name, "");
  EXPECT_EQ(certificate->dns_names, Names{"a.b"});
}

struct KeyOfCertificate {
  std::string name;
  KeyKind kind;
  model::KeyType type;
  int bits;
};
class X509Keys : public testing::TestWithParam<KeyOfCertificate> {};
TEST_P(X509Keys, TypeAndSize) {
  const auto issued = test_root().issue({.common_name = "k", .key = GetParam().kind});
  const auto certificate = read_first_certificate(issued.certificate_pem).value();
  EXPECT_EQ(certificate->key_type, GetParam().type);
  EXPECT_EQ(certificate->key_bits, GetParam().bits);
}
INSTANTIATE_TEST_SUITE_P(All, X509Keys,
                         testing::Values(KeyOfCertificate{"P256", KeyKind::EcP256, model::KeyType::Ecdsa, 256},
                                         KeyOfCertificate{"P521", KeyKind::EcP521, model::KeyType::Ecdsa, 521},
                                         KeyOfCertificate{"Rsa2048", KeyKind::Rsa2048, model::KeyType::Rsa, 2048},
                                         KeyOfCertificate{"Rsa8192", KeyKind::Rsa8192Public, model::KeyType::Rsa, 8192},
                                         KeyOfCertificate{"Ed25519", KeyKind::Ed25519, model::KeyType::Other, 256}),
                         [](const auto& row) { return row.param.name; });

TEST(X509, NamesTheSignatureAlgorithmAsOpensslDoes) {
  const auto rsa = Authority::root("rsa", KeyKind::Rsa2048);
  const auto edwards = Authority::root("ed", KeyKind::Ed25519);

  EXPECT_EQ(read_first_certificate(rsa.certificate_pem()).value()->signature_algorithm, "sha256WithRSAEncryption");
  EXPECT_EQ(read_first_certificate(edwards.certificate_pem()).value()->signature_algorithm, "ED25519");
}

TEST(X509, WritesAlwaysTheSamePem) {
  const auto pem = pem_for("www");

  const auto from_pem = read_first_certificate(replaced(pem, "\n", "\r\n")).value();
  const auto from_der = read_first_certificate(support::certificate_to_der(pem)).value();

  EXPECT_EQ(to_pem(*from_pem), pem);
  EXPECT_EQ(to_pem(*from_der), pem);
}

struct FormCase {
  std::string name;
  std::string text;
};
class X509Forms : public testing::TestWithParam<FormCase> {};
TEST_P(X509Forms, AllHoldTheSameTwo) {
  EXPECT_EQ(names_in(GetParam().text), (Names{"one", "two"}));
}

std::vector<FormCase> forms() {
  const auto one = pem_for("one");
  const auto two = pem_for("two");
  const auto both = one + two;
  const auto indented = "  " + replaced(both, "\n", "\n  ");
  return {
      {"Plain", both},
      {"Crlf", replaced(both, "\n", "\r\n")},
      {"OldMac", replaced(both, "\n", "\r")},
      {"ByteOrderMark", "\xEF\xBB\xBF" + both},
      {"BlankLines", "\n\n" + replaced(both, "\n", "\n\n") + "\n"},
      {"TextBetween", "subject=one\nissuer=root\n" + one + "and -----BEGIN here\n" + two + "the end"},
      {"NoNewlineAtTheEnd", both.substr(0, both.size() - 1)},
      {"Indented", indented},
      {"OneLongLine",
       "-----BEGIN CERTIFICATE-----\n" + replaced(body_of(one), "\n", "") + "\n-----END CERTIFICATE-----\n" + two},
      {"OldLabel", replaced(both, " CERTIFICATE", " X509 CERTIFICATE")},
      {"TrustedLabel", support::to_trusted_pem(one) + support::to_trusted_pem(two)},
      {"KeyAmongThem", one + support::make_key(KeyKind::EcP256) + two},
      {"ParametersCutOff", one + "-----BEGIN DH PARAMETERS-----\nMIIB\n" + two},
  };
}
INSTANTIATE_TEST_SUITE_P(All, X509Forms, testing::ValuesIn(forms()), [](const auto& row) { return row.param.name; });

struct BadInput {
  std::string name;
  std::string text;
  std::string message;
  ErrorKind kind = ErrorKind::Stalled;
  Reason reason = Reason::SecretInvalid;
};
class X509Bad : public testing::TestWithParam<BadInput> {};
TEST_P(X509Bad, IsRefusedAndSaysWhy) {
  const auto answer = read_certificates(GetParam().text);

  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, GetParam().kind);
  EXPECT_EQ(answer.error().reason, GetParam().reason);
  EXPECT_NE(answer.error().message.find(GetParam().message), std::string::npos) << answer.error().message;
  EXPECT_EQ(ERR_peek_error(), 0UL);
}

std::string noise(std::size_t size, unsigned seed) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) {
    seed = seed * 1664525U + 1013904223U;
    byte = static_cast<char>(seed >> 24U);
  }
  return bytes;
}
std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out += text;
  return out;
}

std::vector<BadInput> bad_inputs() {
  const auto one = pem_for("one");
  const auto two = pem_for("two");
  const auto cut = two.substr(0, two.size() / 2);
  const auto der = support::certificate_to_der(one);
  const auto no_base64 = replaced(two, "MII", "M!!");
  const auto wrong_content = "-----BEGIN CERTIFICATE-----\n" + to_base64("hello") + "\n-----END CERTIFICATE-----\n";
  const auto extra = "-----BEGIN CERTIFICATE-----\n" + to_base64(der + "x") + "\n-----END CERTIFICATE-----\n";
  const auto key = support::make_key(KeyKind::EcP256);
  const auto wait = ErrorKind::Wait;
  const auto incomplete = Reason::SecretIncomplete;
  return {
      {"Empty", "", "is empty", wait, incomplete},
      {"BlankLines", " \r\n\n", "is empty", wait, incomplete},
      {"CutOff", one + cut, "certificate 2 is cut off"},
      {"CutOffBeforeAnother", cut + "\n" + one, "certificate 1 is cut off"},
      {"OtherEndLine", replaced(one, "END CERT", "END SERT"), "certificate 1 is cut off"},
      {"NotBase64", one + no_base64, "certificate 2 cannot be read"},
      {"NothingInside", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "certificate 1 cannot be read"},
      {"NoCertificateInside", wrong_content, "certificate 1 cannot be read: what is there is not an X.509"},
      {"BytesBehind", extra, "certificate 1 cannot be read: other bytes follow"},
      {"CutOffDer", der.substr(0, der.size() - 1), "the certificate cannot be read"},
      {"DerAndMore", der + "x", "other bytes follow"},
      {"Words", "hello", "neither PEM nor a DER"},
      {"PrivateKeyOnly", key, "no certificate was found, but a private key"},
      {"PublicKeyOnly", support::to_public_pem(key), "no certificate was found, but a public key"},
  };
}
INSTANTIATE_TEST_SUITE_P(All, X509Bad, testing::ValuesIn(bad_inputs()), [](const auto& row) { return row.param.name; });

struct HugeCase {
  std::string name;
  // Made when its own case runs.
  std::string (*make)();
  std::string message;
};
class X509Huge : public testing::TestWithParam<HugeCase> {};
TEST_P(X509Huge, IsRefusedInOnePass) {
  const auto answer = read_certificates(GetParam().make());

  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, ErrorKind::Stalled);
  EXPECT_EQ(answer.error().reason, Reason::SecretInvalid);
  EXPECT_NE(answer.error().message.find(GetParam().message), std::string::npos) << answer.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    All, X509Huge,
    testing::Values(
        HugeCase{"Noise", [] { return noise(kMaxCertificateBytes, 1); }, "no certificate was found"},
        HugeCase{"NoiseLikeDer", [] { return "\x30\x84" + noise(kMaxCertificateBytes - 2, 2); }, "cannot be read"},
        HugeCase{"Beginnings", [] { return repeated("-----BEGIN X-----\n", kMaxCertificateBytes / 18); },
                 "no certificate was found"},
        HugeCase{"EmptyLines", [] { return repeated("\n", kMaxCertificateBytes - 1) + "x"; },
                 "no certificate was found"},
        HugeCase{"TooLarge", [] { return noise(kMaxCertificateBytes + 1, 3); }, "has 1048577 bytes; at most 1048576"},
        HugeCase{"TooMany", [] { return repeated(pem_for("one"), kMaxCertificates + 1); },
                 "more than 32 certificates"}),
    [](const auto& row) { return row.param.name; });

TEST(X509, TakesAsManyAsAllowed) {
  EXPECT_EQ(names_in(repeated(pem_for("a"), kMaxCertificates)).size(), 32U);
}

TEST(X509, FirstCertificateDoesNotMindTheRest) {
  const auto text = pem_for("one") + "-----BEGIN CERTIFICATE-----\nbroken";

  EXPECT_EQ(read_first_certificate(text).value()->common_name, "one");
  EXPECT_FALSE(read_first_certificate("").has_value());
}

TEST(X509, ErrorsDoNotQuoteThePrivateKey) {
  const auto key = support::make_key(KeyKind::EcP256);
  const auto message = read_certificates(key).error().message;

  EXPECT_EQ(message.find(body_of(key).substr(0, 16)), std::string::npos);
}

TEST(X509, EveryCutAndEveryFlippedByteIsSurvived) {
  const auto der = support::certificate_to_der(pem_for("one"));
  for (std::size_t i = 0; i < der.size(); ++i) {
    EXPECT_FALSE(read_certificates(der.substr(0, i)).has_value());
    auto flipped = der;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x5A);
    const auto answer = read_certificates(flipped);
    if (answer) {
      EXPECT_EQ(answer->front()->der, flipped);
    }
  }
}

TEST(X509, ForeignErrorsInTheQueueStay) {
  ERR_raise(ERR_LIB_USER, 7);

  EXPECT_FALSE(read_certificates("\x30\x03\x01\x02\x03").has_value());

  EXPECT_EQ(ERR_GET_REASON(ERR_get_error()), 7);
  EXPECT_EQ(ERR_get_error(), 0UL);
}

TEST(X509, IssuedByWantsNameAndSignature) {
  const auto real = Authority::root("CA");
  const auto forged = Authority::root("CA");
  const auto renamed = Authority::root("Other");
  const auto leaf = *read_first_certificate(real.issue({.common_name = "www"}).certificate_pem).value();

  EXPECT_TRUE(issued_by(leaf, *read_first_certificate(real.certificate_pem()).value()));
  EXPECT_FALSE(issued_by(leaf, *read_first_certificate(forged.certificate_pem()).value()));
  EXPECT_FALSE(issued_by(leaf, *read_first_certificate(renamed.certificate_pem()).value()));
  EXPECT_FALSE(issued_by(leaf, leaf));
  EXPECT_FALSE(issued_by(leaf, model::Certificate{}));
}

TEST(X509, ReadsInManyThreadsAtOnce) {
  const auto text = pem_for("one") + pem_for("two");
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round)
        EXPECT_EQ(names_in(text), (Names{"one", "two"}));
    });
  }
  for (auto& thread : threads)
    thread.join();
}

}  // namespace
}  // namespace certsync::pki
