#include "http/tls_trust.h"

#include <memory>
#include <vector>

#include "unit/http/http_test_setup.h"
#include "unit/http/test_server.h"
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace certsync::http::test {
namespace {

const Identity& company() {
  static const Identity authority = make_authority("Company Root");
  return authority;
}

Trust with_ca(const Identity& authority) {
  Trust trust;
  trust.ca_bundle = authority.certificate_pem;
  return trust;
}

Trust with_pins(std::vector<std::string> fingerprints) {
  Trust trust;
  trust.fingerprints = std::move(fingerprints);
  return trust;
}

Trust with_name(Trust trust, std::string name) {
  trust.server_name = std::move(name);
  return trust;
}

/// What one GET comes to; the server must not have seen it when it is refused.
std::string try_once(const Identity& identity, const Trust& trust, const std::string& host = "127.0.0.1") {
  TestServer server({identity}, always(ok()));
  const auto transport = transport_to(server.url(host), trust);
  auto outcome = text_of(send(*transport, get()));
  EXPECT_EQ(server.requests().size(), outcome == "200 {}" ? 1u : 0u) << outcome;
  const auto port = ":" + std::to_string(server.port());
  for (auto at = outcome.find(port); at != std::string::npos; at = outcome.find(port))
    outcome.replace(at, port.size(), ":PORT");
  return outcome;
}

TEST(TlsTrust, SelfSignedIsRefusedAndTheMessageTellsHowToPinIt) {
  const auto identity = self_signed("ns.example", "IP:127.0.0.1");

  EXPECT_EQ(try_once(identity, with_ca(company())),
            "untrusted unsent: certificate of 127.0.0.1:PORT is not trusted: self-signed certificate "
            "(CN=ns.example); to pin it: " +
                identity.fingerprint());
}

TEST(TlsTrust, WithoutBundleOnlyTheSystemCounts) {
  EXPECT_EQ(try_once(issue(system_authority(), "a", "IP:127.0.0.1"), {}), "200 {}");
  EXPECT_EQ(try_once(issue(company(), "a", "IP:127.0.0.1"), {}).substr(0, 16), "untrusted unsent");
}

TEST(TlsTrust, WithBundleTheSystemDoesNotCount) {
  EXPECT_EQ(try_once(issue(company(), "a", "IP:127.0.0.1"), with_ca(company())), "200 {}");

  const auto foreign = issue(system_authority(), "a", "IP:127.0.0.1");
  EXPECT_EQ(try_once(foreign, with_ca(company())),
            "untrusted unsent: certificate of 127.0.0.1:PORT is not trusted: unable to get local issuer certificate "
            "(CN=a); to pin it: " +
                foreign.fingerprint());
}

TEST(TlsTrust, EveryCertificateOfTheBundleCounts) {
  Trust trust;
  trust.ca_bundle =
      "# the old one\n" + make_authority("Old Root").certificate_pem + "\n# the new one\n" + company().certificate_pem;

  EXPECT_EQ(try_once(issue(company(), "a", "IP:127.0.0.1"), trust), "200 {}");
}

TEST(TlsTrust, TheServersOwnCertificateMayBeTheBundle) {
  const auto identity = self_signed("a", "IP:127.0.0.1");

  EXPECT_EQ(try_once(identity, with_ca(identity)), "200 {}");
}

TEST(TlsTrust, UnreadableBundleRefusesEverything) {
  Trust nothing;
  nothing.ca_bundle = "no certificate here";
  EXPECT_EQ(try_once(self_signed("a", ""), nothing), "untrusted unsent: the CA bundle holds no certificate");

  Trust broken;
  broken.ca_bundle = company().certificate_pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(try_once(self_signed("a", ""), broken),
            "untrusted unsent: the CA bundle holds a certificate that cannot be read");
}

struct NameCase {
  const char* name;
  const char* host;
  const char* server_name;
  const char* alternative_names;
  const char* outcome;
  const char* name_asked;
};

class TlsName : public ::testing::TestWithParam<NameCase> {};

TEST_P(TlsName, IsCheckedAndAskedFor) {
  const auto& row = GetParam();
  TestServer server({issue(company(), "cn.example", row.alternative_names)}, always(ok()));
  const auto transport = transport_to(server.url(row.host), with_name(with_ca(company()), row.server_name));

  const auto outcome = text_of(send(*transport, get()));

  EXPECT_NE(outcome.find(row.outcome), std::string::npos) << outcome;
  EXPECT_EQ(server.names_asked(), std::vector<std::string>{row.name_asked});
}

INSTANTIATE_TEST_SUITE_P(
    Rows, TlsName,
    ::testing::Values(
        NameCase{"AddressInTheCertificate", "127.0.0.1", "", "IP:127.0.0.1", "200 {}", "-"},
        NameCase{"OtherAddress", "127.0.0.1", "", "IP:127.0.0.2",
                 "IP address mismatch, it is not for 127.0.0.1 (CN=cn.example)", "-"},
        NameCase{"AddressAsDnsName", "127.0.0.1", "", "DNS:127.0.0.1", "IP address mismatch", "-"},
        NameCase{"Host", "localhost", "", "DNS:localhost", "200 {}", "localhost"},
        NameCase{"OtherHost", "localhost", "", "DNS:a.example",
                 "hostname mismatch, it is not for localhost (CN=cn.example)", "localhost"},
        NameCase{"ServerNameInPlaceOfTheAddress", "127.0.0.1", "a.example", "DNS:a.example", "200 {}", "a.example"},
        NameCase{"ServerNameInPlaceOfTheHost", "localhost", "a.example", "DNS:a.example", "200 {}", "a.example"},
        NameCase{"ServerNameHidesTheHost", "localhost", "a.example", "DNS:localhost",
                 "hostname mismatch, it is not for a.example", "a.example"},
        NameCase{"ServerNameIsAnAddress", "localhost", "192.0.2.7", "IP:192.0.2.7", "200 {}", "-"},
        NameCase{"ServerNameIsAnIpv6Address", "localhost", "[2001:db8::1]", "IP:2001:db8::1", "200 {}", "-"},
        NameCase{"Wildcard", "127.0.0.1", "b.a.example", "DNS:*.a.example", "200 {}", "b.a.example"},
        NameCase{"WildcardOfOneLabelOnly", "127.0.0.1", "c.b.a.example", "DNS:*.a.example", "hostname mismatch",
                 "c.b.a.example"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(TlsTrust, ServerNameDoesNotChangeTheHostHeader) {
  TestServer server({issue(company(), "a", "DNS:a.example")}, always(ok()));
  const auto transport = transport_to(server.url(), with_name(with_ca(company()), "a.example"));

  EXPECT_EQ(text_of(send(*transport, get())), "200 {}");

  const auto host = "Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n";
  EXPECT_NE(server.requests().at(0).headers.find(host), std::string::npos);
}

TEST(TlsTrust, PinReplacesChainAndName) {
  const auto identity = self_signed("default", "DNS:other.example");

  EXPECT_EQ(try_once(identity, with_pins({"sha256:00", identity.fingerprint()})), "200 {}");
}

TEST(TlsTrust, WrongPinIsRefusedEvenWithAGoodChain) {
  const auto identity = issue(system_authority(), "a", "IP:127.0.0.1");

  EXPECT_EQ(
      try_once(identity, with_pins({"sha256:" + std::string(64, '0')})),
      "untrusted unsent: certificate of 127.0.0.1:PORT is not trusted: it is not the pinned one (CN=a); to pin it: " +
          identity.fingerprint());
}

TEST(TlsTrust, SkippingVerificationAcceptsAnything) {
  Trust trust;
  trust.insecure_skip_verify = true;

  EXPECT_EQ(try_once(self_signed("a", ""), trust), "200 {}");
}

TEST(TlsTrust, TlsBelowTwelveIsRefused) {
  Trust trust;
  trust.insecure_skip_verify = true;
  TestServer old({self_signed("a", ""), TLS1_1_VERSION}, always(ok()));
  TestServer good({self_signed("a", ""), TLS1_2_VERSION}, always(ok()));

  const auto refused = text_of(send(*transport_to(old.url(), trust), get()));

  EXPECT_EQ(refused,
            "untrusted unsent: no TLS with 127.0.0.1:" + std::to_string(old.port()) + ": tlsv1 alert protocol version");
  EXPECT_EQ(text_of(send(*transport_to(good.url(), trust), get())), "200 {}");
}

/// The system's own configuration may forbid old versions too; ours must not depend on it.
TEST(TlsTrust, ContextAllowsNothingBelowTwelve) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);

  TlsTrust::make({}, "a.example").value()->install(context.get());

  EXPECT_EQ(SSL_CTX_get_min_proto_version(context.get()), TLS1_2_VERSION);
}

class Listener : public TlsObserver {
 public:
  bool accepted() override { return ++times_accepted_ > 0; }
  void refused(std::string) override {}
  void received(std::size_t bytes) override { bytes_ += bytes; }
  int times_accepted() const { return times_accepted_; }
  std::size_t bytes() const { return bytes_; }

 private:
  int times_accepted_ = 0;
  std::size_t bytes_ = 0;
};

/// A handshake in this thread, by a context of many.
bool shakes_hands(SSL_CTX* context, const TestServer& server) {
  const std::unique_ptr<BIO, void (*)(BIO*)> connection(BIO_new_ssl_connect(context), BIO_free_all);
  BIO_set_conn_hostname(connection.get(), ("127.0.0.1:" + std::to_string(server.port())).c_str());
  const bool done = BIO_do_handshake(connection.get()) == 1;
  ERR_clear_error();
  return done;
}

TEST(TlsTrust, ConnectionsOfOneContextTellTheirOwnObserverAndWithoutOneBelieveNobody) {
  const TestServer server({system_authority()}, always(ok()));
  Trust anybody;
  anybody.insecure_skip_verify = true;
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  TlsTrust::make(anybody, "127.0.0.1").value()->install(context.get());
  const auto first = std::make_shared<Listener>();
  const auto second = std::make_shared<Listener>();

  TlsTrust::observe_next(first);
  EXPECT_TRUE(shakes_hands(context.get(), server));
  const auto heard = first->bytes();
  TlsTrust::observe_next(second);
  EXPECT_TRUE(shakes_hands(context.get(), server));
  EXPECT_FALSE(shakes_hands(context.get(), server));

  EXPECT_EQ(first->times_accepted(), 1);
  EXPECT_EQ(second->times_accepted(), 1);
  EXPECT_GT(heard, 0u);
  EXPECT_EQ(first->bytes(), heard);
  EXPECT_GT(second->bytes(), 0u);
}

TEST(TlsTrust, ServerWithoutTlsIsToldApartFromABadCertificate) {
  TestServer plain({}, always(ok()), TestServer::Manner::NoTls);
  const auto port = std::to_string(plain.port());

  EXPECT_EQ(text_of(send(*transport_to("https://127.0.0.1:" + port), get())),
            "untrusted unsent: no TLS with 127.0.0.1:" + port + ": wrong version number");
}

}  // namespace
}  // namespace certsync::http::test
