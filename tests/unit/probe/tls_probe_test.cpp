// What a probe shows of endpoints that answer.
#include "probe/tls_probe.h"

#include <future>

#include "unit/probe/tls_server.h"
#include <gtest/gtest.h>

#include "support/test_pki.h"

namespace certsync::probe::test {
namespace {

using model::KeyType;
using support::Authority;
using support::KeyKind;

Identity ecdsa(const std::string& name = "www.example.com") {
  return {support::self_signed({.common_name = name, .dns_names = {name}, .key = KeyKind::EcP256})};
}

Identity rsa(const std::string& name = "www.example.com") {
  return {support::self_signed({.common_name = name, .dns_names = {name}, .key = KeyKind::Rsa2048})};
}

ports::ProbeResult probe(const std::string& address, KeyType type, const std::string& name = "") {
  TlsProber prober({.allow_loopback = true});
  return prober.probe({address, name, type, std::chrono::seconds(30)}, {});
}

TEST(TlsProbe, ShowsTheWholeChainInTheOrderOfTheWire) {
  const auto root = Authority::root("Root");
  const auto middle = root.intermediate("Middle");
  const auto issuing = middle.intermediate("Issuing");
  const Identity identity{issuing.issue({.common_name = "www.example.com"}),
                          {issuing.certificate_pem(), middle.certificate_pem(), root.certificate_pem()}};
  const TlsServer server({.identities = {identity}});

  const auto result = probe(server.address(), KeyType::Ecdsa);

  EXPECT_TRUE(result.reached);
  EXPECT_EQ(result.failure, "");
  EXPECT_EQ(result.chain_sha256, identity.sha256());
  EXPECT_EQ(result.chain_sha256.size(), 4u);
}

TEST(TlsProbe, AChainInTheWrongOrderIsShownAsItIs) {
  const auto root = Authority::root("Root");
  const auto issuing = root.intermediate("Issuing");
  const Identity identity{issuing.issue({.common_name = "www.example.com"}),
                          {root.certificate_pem(), issuing.certificate_pem()}};
  const TlsServer server({.identities = {identity}});

  EXPECT_EQ(probe(server.address(), KeyType::Ecdsa).chain_sha256, identity.sha256());
}

TEST(TlsProbe, ShowsTheDatesOfTheLeaf) {
  const TimePoint before(std::chrono::seconds(1'700'000'000));
  const TimePoint after(std::chrono::seconds(1'710'000'000));
  const Identity expired{support::self_signed({.common_name = "old", .not_before = before, .not_after = after})};
  const TlsServer server({.identities = {expired}});

  const auto result = probe(server.address(), KeyType::Ecdsa);

  EXPECT_EQ(result.leaf_not_before, before);
  EXPECT_EQ(result.leaf_not_after, after);
}

struct Version {
  const char* name;
  int version;
};

class TlsProbeVersion : public testing::TestWithParam<Version> {
 protected:
  ServerOptions only(std::vector<Identity> identities) const {
    return {.identities = std::move(identities), .min_version = GetParam().version, .max_version = GetParam().version};
  }
};

TEST_P(TlsProbeVersion, TheKeyTypeChoosesBetweenRsaAndEcdsa) {
  const auto with_rsa = rsa();
  const auto with_ecdsa = ecdsa();
  const TlsServer server(only({with_rsa, with_ecdsa}));

  EXPECT_EQ(probe(server.address(), KeyType::Rsa).chain_sha256, with_rsa.sha256());
  EXPECT_EQ(probe(server.address(), KeyType::Ecdsa).chain_sha256, with_ecdsa.sha256());
}

TEST_P(TlsProbeVersion, AnyKeyTypeIsTakenWhereNoneIsAsked) {
  const auto with_rsa = rsa();
  const TlsServer server(only({with_rsa}));

  EXPECT_EQ(probe(server.address(), KeyType::Other).chain_sha256, with_rsa.sha256());
}

TEST_P(TlsProbeVersion, NoCertificateOfTheKeyTypeIsSaid) {
  const TlsServer server(only({rsa()}));

  const auto result = probe(server.address(), KeyType::Ecdsa);

  EXPECT_FALSE(result.reached);
  EXPECT_EQ(result.failure.find("the TLS handshake failed: "), 0u) << result.failure;
  EXPECT_NE(result.failure.find("may have no ECDSA certificate"), std::string::npos) << result.failure;
}

TEST_P(TlsProbeVersion, AnEcdsaLeafBelowAnRsaRootIsShown) {
  const auto root = Authority::root("Root", KeyKind::Rsa2048);
  const Identity identity{root.issue({.common_name = "www.example.com"}), {root.certificate_pem()}};
  const TlsServer server(only({identity}));

  EXPECT_EQ(probe(server.address(), KeyType::Ecdsa).chain_sha256, identity.sha256());
}

TEST_P(TlsProbeVersion, WhoDemandsAClientCertificateHasShownItsOwn) {
  auto options = only({ecdsa()});
  options.demand_client_certificate = true;
  const TlsServer server(options);

  const auto result = probe(server.address(), KeyType::Ecdsa);

  EXPECT_TRUE(result.reached);
  EXPECT_EQ(result.failure, "");
  EXPECT_EQ(result.chain_sha256, options.identities.front().sha256());
}

TEST_P(TlsProbeVersion, WhoFallsSilentAfterTheCertificateHasShownIt) {
  const auto identity = ecdsa();
  const TlsServer server(only({identity}), Manner::MuteAfterCertificate);

  const auto result = probe(server.address(), KeyType::Ecdsa);

  EXPECT_TRUE(result.reached);
  EXPECT_EQ(result.chain_sha256, identity.sha256());
}

INSTANTIATE_TEST_SUITE_P(All, TlsProbeVersion,
                         testing::Values(Version{"Tls12", TLS1_2_VERSION}, Version{"Tls13", TLS1_3_VERSION}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(TlsProbe, AsksForTheServerName) {
  const auto shop = ecdsa("shop.example.com");
  const auto fallback = ecdsa("www.example.com");
  const TlsServer server({.identities = {fallback}, .by_name = {{"shop.example.com", shop}}});

  EXPECT_EQ(probe(server.address(), KeyType::Ecdsa, "shop.example.com").chain_sha256, shop.sha256());
  EXPECT_EQ(probe(server.address(), KeyType::Ecdsa, "other.example.com").chain_sha256, fallback.sha256());
  EXPECT_EQ(probe(server.address(), KeyType::Ecdsa).chain_sha256, fallback.sha256());
  EXPECT_EQ(server.names_asked(), (std::vector<std::string>{"shop.example.com", "other.example.com", "-"}));
}

TEST(TlsProbe, AnAddressIsNoServerName) {
  const TlsServer server({.identities = {ecdsa()}});

  EXPECT_TRUE(probe(server.address(), KeyType::Ecdsa, "192.0.2.1").reached);
  EXPECT_EQ(server.names_asked(), std::vector<std::string>{"-"});
}

TEST(TlsProbe, ResolvesNames) {
  const auto identity = ecdsa();
  const TlsServer server({.identities = {identity}});

  const auto result = probe("localhost:" + std::to_string(server.port()), KeyType::Ecdsa);

  EXPECT_EQ(result.chain_sha256, identity.sha256()) << result.failure;
}

TEST(TlsProbe, AWeakCertificateIsShownAllTheSame) {
  const Identity weak{support::self_signed({.common_name = "old", .key = KeyKind::Rsa1024})};
  const TlsServer server({.identities = {weak}, .max_version = TLS1_2_VERSION});

  const auto result = probe(server.address(), KeyType::Rsa);

  EXPECT_EQ(result.chain_sha256, weak.sha256()) << result.failure;
}

TEST(TlsProbe, ASmallCurveIsShownAllTheSame) {
  const Identity small{support::self_signed({.common_name = "small", .key = KeyKind::EcP224})};
  const TlsServer server({.identities = {small}, .max_version = TLS1_2_VERSION});

  const auto result = probe(server.address(), KeyType::Ecdsa);

  EXPECT_EQ(result.chain_sha256, small.sha256()) << result.failure;
}

TEST(TlsProbe, ManyThreadsShareOneProber) {
  const auto with_rsa = rsa();
  const auto with_ecdsa = ecdsa();
  const TlsServer server({.identities = {with_rsa, with_ecdsa}});
  TlsProber prober({.allow_loopback = true});
  const auto run = [&](KeyType type) {
    return std::async(std::launch::async, [&, type] {
      return prober.probe({server.address(), "", type, std::chrono::seconds(30)}, {}).chain_sha256;
    });
  };

  auto first = run(KeyType::Rsa);
  auto second = run(KeyType::Ecdsa);
  auto third = run(KeyType::Rsa);

  EXPECT_EQ(first.get(), with_rsa.sha256());
  EXPECT_EQ(second.get(), with_ecdsa.sha256());
  EXPECT_EQ(third.get(), with_rsa.sha256());
}

}  // namespace
}  // namespace certsync::probe::test
