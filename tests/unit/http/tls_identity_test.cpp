// Client certificates: shown to who asks, and told apart when they are no good.
#include "http/tls_identity.h"

#include "unit/http/http_test_setup.h"
#include "unit/http/test_server.h"

namespace certsync::http::test {
namespace {

const Identity& clients() {
  static const Identity authority = make_authority("Client Root");
  return authority;
}

ServerOptions asking(int max_tls_version = TLS1_3_VERSION) {
  return {issue(system_authority(), "server", "IP:127.0.0.1"), max_tls_version, clients()};
}

std::unique_ptr<Transport> showing(const std::string& url, const std::string& certificates, const std::string& key) {
  TransportOptions options;
  options.base_url = url;
  options.identity =
      std::make_shared<const ClientIdentity>(ClientIdentity{certificates, SecretBytes(std::string(key))});
  return make_cpprest_transport(std::move(options));
}

std::unique_ptr<Transport> showing(const std::string& url, const Identity& identity) {
  return showing(url, identity.certificate_pem, identity.key_pem);
}

class TlsClient : public ::testing::TestWithParam<int> {};

TEST_P(TlsClient, IsAcceptedWithItsCertificate) {
  TestServer server(asking(GetParam()), always(ok()));
  const auto transport = showing(server.url(), issue(clients(), "client", ""));

  EXPECT_EQ(text_of(send(*transport, get())), "200 {}");
  EXPECT_EQ(text_of(send(*transport, request_with_body(Method::Patch, "[]"))), "200 {}");
}

TEST_P(TlsClient, IsRefusedWithoutOne) {
  TestServer server(asking(GetParam()), always(ok()));

  const auto outcome = text_of(send(*transport_to(server.url()), request_with_body(Method::Post, "{}")));

  EXPECT_EQ(outcome,
            "untrusted unsent: 127.0.0.1:" + std::to_string(server.port()) +
                " does not accept our client certificate: " +
                (GetParam() == TLS1_3_VERSION ? "tlsv13 alert certificate required" : "sslv3 alert handshake failure"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_P(TlsClient, IsRefusedWithAStrangersCertificate) {
  TestServer server(asking(GetParam()), always(ok()));
  const auto transport = showing(server.url(), issue(make_authority("Other Root"), "client", ""));

  EXPECT_EQ(text_of(send(*transport, get())), "untrusted unsent: 127.0.0.1:" + std::to_string(server.port()) +
                                                  " does not accept our client certificate: tlsv1 alert unknown ca");
  EXPECT_TRUE(server.requests().empty());
}

INSTANTIATE_TEST_SUITE_P(Rows, TlsClient, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& row) { return row.param == TLS1_2_VERSION ? "Tls12" : "Tls13"; });

TEST(TlsIdentity, IntermediatesGoAlong) {
  const auto middle = issue_authority(clients(), "Middle");
  const auto leaf = issue(middle, "client", "");
  TestServer server(asking(), always(ok()));

  EXPECT_EQ(text_of(send(*showing(server.url(), leaf.certificate_pem + middle.certificate_pem, leaf.key_pem), get())),
            "200 {}");
  EXPECT_EQ(text_of(send(*showing(server.url(), leaf), get())).substr(0, 16), "untrusted unsent");
}

TEST(TlsIdentity, IsNotForWhoDoesNotAsk) {
  TestServer server({issue(system_authority(), "server", "IP:127.0.0.1")}, always(ok()));

  EXPECT_EQ(text_of(send(*showing(server.url(), issue(clients(), "client", "")), get())), "200 {}");
}

struct UnusableCase {
  const char* name;
  std::string certificates;
  std::string key;
  const char* message;
};

class TlsIdentityUnusable : public ::testing::TestWithParam<UnusableCase> {};

TEST_P(TlsIdentityUnusable, FailsEveryRequestWithAReason) {
  const auto& row = GetParam();
  TestServer server(asking(), always(ok()));
  const auto transport = showing(server.url(), row.certificates, row.key);

  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(text_of(send(*transport, get())), std::string("untrusted unsent: the client certificate") + row.message);
  EXPECT_EQ(server.connections(), 0);
}

std::vector<UnusableCase> unusable_cases() {
  const auto good = issue(clients(), "client", "");
  const auto other = issue(clients(), "other", "");
  const std::string broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  // Never decrypted: being asked for the password is enough.
  const auto encrypted =
      "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,"
      "00000000000000000000000000000000\n\nAAAAAAAAAAAAAAAAAAAAAA==\n-----END EC PRIVATE KEY-----\n";
  return {{"NoCertificate", "", good.key_pem, " holds no certificate in PEM"},
          {"KeyAsCertificate", good.key_pem, good.key_pem, " holds no certificate in PEM"},
          {"BrokenCertificate", broken, good.key_pem, " cannot be read"},
          {"BrokenIntermediate", good.certificate_pem + broken, good.key_pem, " cannot be read"},
          {"NoKey", good.certificate_pem, "", "'s key cannot be read"},
          {"CertificateAsKey", good.certificate_pem, good.certificate_pem, "'s key cannot be read"},
          {"EncryptedKey", good.certificate_pem, encrypted, "'s key is encrypted"},
          {"ForeignKey", good.certificate_pem, other.key_pem, "'s key belongs to another certificate"},
          {"HugeKey", good.certificate_pem, std::string(2'000'000, 'k'), " or its key is too long"}};
}

INSTANTIATE_TEST_SUITE_P(Rows, TlsIdentityUnusable, ::testing::ValuesIn(unusable_cases()),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace certsync::http::test
