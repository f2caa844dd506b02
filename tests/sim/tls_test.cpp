// Real handshakes against what is bound.
#include <gtest/gtest.h>

#include "sim/simulator.h"
#include "sim/test_box.h"
#include "sim/test_client.h"

namespace sim::test {
namespace {

using Serials = std::vector<long>;

class Tls : public testing::Test {
 protected:
  Serials served(const std::string& vserver, const TlsWish& wish = {}) {
    return TlsClient(simulator_.endpoint(vserver), wish).serials();
  }
  int update(const std::string& name, const Pair& pair) {
    simulator_.put_file(name + ".pem", pair.cert);
    simulator_.put_file(name + ".key", pair.key);
    return simulator_.appliance().person("POST", "sslcertkey?action=update",
                                         R"({"sslcertkey":{"certkey":")" + name + R"("}})");
  }

  ManualClock clock_;
  Simulator simulator_{Box::with_vservers(), &clock_};
};

TEST_F(Tls, NothingBoundFailsTheHandshake) {
  EXPECT_EQ(served("vs"), Serials{});
  EXPECT_EQ(simulator_.handshakes("vs"), 0U);
  EXPECT_EQ(simulator_.failed_handshakes("vs"), 1U);
}

TEST_F(Tls, LinkedChainIsSent) {
  const Pair root = make_certificate({.common_name = "Root", .serial = 30, .ca = true});
  const Pair r3 = make_certificate({.common_name = "R3", .serial = 31, .ca = true, .issuer = &root});
  simulator_.add_certkey("root", root.cert);
  simulator_.add_certkey("r3", r3.cert);
  const Pair leaf = make_certificate({.serial = 32, .issuer = &r3});
  simulator_.add_certkey("www", leaf.cert, leaf.key);
  simulator_.bind("vs", "www");

  EXPECT_EQ(served("vs"), (Serials{32}));
  simulator_.link("www", "r3");
  EXPECT_EQ(served("vs"), (Serials{32, 31}));
  simulator_.link("r3", "root");
  EXPECT_EQ(served("vs"), (Serials{32, 31, 30}));
}

TEST_F(Tls, ExtraCertificatesInTheFileAreNotServed) {
  const Pair ca = make_certificate({.common_name = "CA", .serial = 2, .ca = true});
  const Pair leaf = make_certificate({.serial = 3, .issuer = &ca});
  simulator_.add_certkey("www", leaf.cert + ca.cert, leaf.key);
  simulator_.bind("vs", "www");

  EXPECT_EQ(served("vs"), (Serials{3}));
}

TEST_F(Tls, SniChoosesByName) {
  const Pair fallback = make_certificate({.common_name = "default.example.com", .serial = 1});
  const Pair www = make_certificate({.common_name = "www.example.com", .serial = 2});
  const Pair wild = make_certificate({.common_name = "*.apps.example.com", .serial = 3});
  simulator_.add_certkey("fallback", fallback.cert, fallback.key);
  simulator_.add_certkey("www", www.cert, www.key);
  simulator_.add_certkey("wild", wild.cert, wild.key);
  simulator_.bind("vs_sni", "fallback");
  simulator_.bind("vs_sni", "www", true);
  simulator_.bind("vs_sni", "wild", true);

  EXPECT_EQ(served("vs_sni"), (Serials{1}));
  EXPECT_EQ(served("vs_sni", {.server_name = "www.example.com"}), (Serials{2}));
  EXPECT_EQ(served("vs_sni", {.server_name = "a.apps.example.com"}), (Serials{3}));
  EXPECT_EQ(served("vs_sni", {.server_name = "a.b.apps.example.com"}), (Serials{1}));
}

TEST_F(Tls, RsaAndEcdsaStandSideBySide) {
  const Pair ec = make_certificate({.serial = 1});
  const Pair rsa = make_certificate({.serial = 2, .rsa = true});
  simulator_.add_certkey("ec", ec.cert, ec.key);
  simulator_.add_certkey("rsa", rsa.cert, rsa.key);
  simulator_.bind("vs", "ec");
  simulator_.bind("vs", "rsa");

  for (const bool tls12 : {false, true}) {
    EXPECT_EQ(served("vs", {.signature_algorithms = "ECDSA+SHA256", .tls12 = tls12}), (Serials{1}));
    EXPECT_EQ(served("vs", {.signature_algorithms = "RSA-PSS+SHA256:RSA+SHA256", .tls12 = tls12}), (Serials{2}));
  }
}

TEST_F(Tls, UpdateCutsConnectionsAndServesTheNewCertificate) {
  const Pair first = make_certificate({.serial = 1});
  const Pair other = make_certificate({.common_name = "other.example.com", .serial = 5});
  simulator_.add_certkey("www", first.cert, first.key);
  simulator_.add_certkey("other", other.cert, other.key);
  simulator_.bind("vs", "www");
  simulator_.bind("vs_sni", "other");
  TlsClient client(simulator_.endpoint("vs"));
  TlsClient untouched(simulator_.endpoint("vs_sni"));
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.receive_answer().substr(0, 15), "HTTP/1.1 200 OK");

  EXPECT_EQ(update("www", make_certificate({.serial = 2})), 0);

  EXPECT_EQ(client.receive_all(), "");
  EXPECT_EQ(served("vs"), (Serials{2}));
  untouched.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(untouched.receive_answer().substr(0, 15), "HTTP/1.1 200 OK");
}

TEST_F(Tls, LoadedCertificateOutlivesItsFileUntilTheReboot) {
  const Pair www = make_certificate({.serial = 1});
  simulator_.add_certkey("www", www.cert, www.key);
  simulator_.bind("vs", "www");
  simulator_.mark_saved(true);
  simulator_.appliance().remove_file("www.pem");

  EXPECT_EQ(served("vs"), (Serials{1}));
  simulator_.reboot();
  EXPECT_EQ(served("vs"), Serials{});
}

TEST_F(Tls, ClientCertificateMayBeDemanded) {
  const Pair www = make_certificate({.serial = 1});
  const Pair client = make_certificate({.common_name = "client", .serial = 2});
  simulator_.add_certkey("www", www.cert, www.key);
  simulator_.bind("vs", "www");
  EXPECT_EQ(simulator_.appliance().in("default").set_vserver("vs", {{"clientauth", "ENABLED"}}), 0);

  const auto speaks = [&](const TlsWish& wish) {
    TlsClient tls(simulator_.endpoint("vs"), wish);
    if (!tls.connected()) return std::string("no handshake");
    tls.send("GET / HTTP/1.1\r\n\r\n");
    return tls.receive_answer().substr(0, 15);
  };
  EXPECT_EQ(speaks({.tls12 = true}), "no handshake");
  // In TLS 1.3 the client has seen the certificate when it learns that its own is missing.
  EXPECT_EQ(served("vs"), (Serials{1}));
  EXPECT_EQ(speaks({.tls13_only = true}), "");
  for (const bool tls12 : {false, true}) {
    EXPECT_EQ(speaks({.tls12 = tls12, .identity = &client}), "HTTP/1.1 200 OK");
  }
}

TEST_F(Tls, VersionsAreSwitchedOnTheVserver) {
  const Pair www = make_certificate({.serial = 1});
  simulator_.add_certkey("www", www.cert, www.key);
  simulator_.bind("vs", "www");
  Person admin = simulator_.appliance().in("default");

  admin.set_vserver("vs", {{"tls13", "DISABLED"}});
  EXPECT_EQ(served("vs", {.tls12 = true}), (Serials{1}));
  EXPECT_EQ(served("vs", {.tls13_only = true}), Serials{});
  admin.set_vserver("vs", {{"tls12", "DISABLED"}, {"tls13", "ENABLED"}});
  EXPECT_EQ(served("vs", {.tls12 = true}), Serials{});
  EXPECT_EQ(served("vs", {.tls13_only = true}), (Serials{1}));
}

TEST_F(Tls, DeadEndpointRefusesAndComesBackOnItsPort) {
  const Pair www = make_certificate({.serial = 1});
  simulator_.add_certkey("www", www.cert, www.key);
  simulator_.bind("vs", "www");
  const std::string address = simulator_.endpoint("vs");

  simulator_.set_manner("vs", Manner::Dead);
  EXPECT_EQ(simulator_.endpoint("vs"), address);
  EXPECT_EQ(served("vs"), Serials{});
  EXPECT_EQ(simulator_.failed_handshakes("vs"), 0U);
  EXPECT_EQ(update("www", make_certificate({.serial = 2})), 0);
  simulator_.set_manner("vs", Manner::Honest);
  EXPECT_EQ(simulator_.endpoint("vs"), address);
  EXPECT_EQ(served("vs"), (Serials{2}));
}

TEST_F(Tls, SilentEndpointAcceptsAndSaysNothing) {
  const Pair www = make_certificate({.serial = 1});
  simulator_.add_certkey("www", www.cert, www.key);
  simulator_.bind("vs", "www");

  simulator_.set_manner("vs", Manner::Silent);
  EXPECT_EQ(served("vs", {.patience_ms = 20}), Serials{});
  EXPECT_EQ(simulator_.handshakes("vs") + simulator_.failed_handshakes("vs"), 0U);
  simulator_.set_manner("vs", Manner::Honest);
  EXPECT_EQ(served("vs"), (Serials{1}));
}

TEST_F(Tls, StubbornEndpointServesWhatItServed) {
  const Pair www = make_certificate({.serial = 1});
  simulator_.add_certkey("www", www.cert, www.key);
  simulator_.bind("vs", "www");

  simulator_.set_manner("vs", Manner::Stubborn);
  EXPECT_EQ(update("www", make_certificate({.serial = 2})), 0);
  EXPECT_EQ(served("vs"), (Serials{1}));
  simulator_.set_manner("vs", Manner::Honest);
  EXPECT_EQ(served("vs"), (Serials{2}));
}

TEST_F(Tls, NewVserversListenAndTellWhere) {
  simulator_.appliance().person("POST", "lbvserver", R"({"lbvserver":{"name":"new","servicetype":"SSL"}})");
  const Pair www = make_certificate({.serial = 7});
  simulator_.add_certkey("www", www.cert, www.key);
  simulator_.bind("new", "www");

  EXPECT_EQ(served("new"), (Serials{7}));
  EXPECT_EQ(simulator_.handshakes("new"), 1U);
  const std::string port = simulator_.endpoint("new").substr(10);
  const std::string shown = http(simulator_.url().substr(8), "GET", "/nitro/v1/config/lbvserver/new");
  EXPECT_NE(shown.find(R"("ipv46": "127.0.0.1", "port": )" + port), std::string::npos) << shown;
}

}  // namespace
}  // namespace sim::test
