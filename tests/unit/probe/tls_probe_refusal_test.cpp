// Endpoints that do not answer, and places where nobody probes.
#include "unit/probe/tls_server.h"
#include <gtest/gtest.h>

#include "probe/tls_probe.h"

namespace certsync::probe::test {
namespace {

using std::chrono::milliseconds;

ports::ProbeTarget target(const std::string& address, milliseconds timeout = std::chrono::seconds(30)) {
  return {address, "www.example.com", model::KeyType::Rsa, timeout};
}

ports::ProbeResult probe(const std::string& address, milliseconds timeout = std::chrono::seconds(30)) {
  TlsProber prober({.allow_loopback = true});
  return prober.probe(target(address, timeout), {});
}

TEST(TlsProbe, AClosedPortRefuses) {
  const auto result = probe("127.0.0.1:" + std::to_string(closed_port()));

  EXPECT_FALSE(result.reached);
  EXPECT_EQ(result.failure, "connection refused");
}

TEST(TlsProbe, AHandshakeThatHangsEndsAtTheDeadline) {
  const TlsServer server({}, Manner::Mute);

  const auto start = std::chrono::steady_clock::now();
  const auto result = probe(server.address(), milliseconds(200));
  const auto took = std::chrono::steady_clock::now() - start;

  EXPECT_FALSE(result.reached);
  EXPECT_EQ(result.failure, "no answer within 200ms");
  EXPECT_GE(took, milliseconds(200));
  EXPECT_LT(took, std::chrono::seconds(10));
}

TEST(TlsProbe, APortWithoutTlsIsSaid) {
  const TlsServer server({}, Manner::Http);

  EXPECT_EQ(probe(server.address()).failure,
            "the TLS handshake failed: wrong version number (this port may not speak TLS)");
}

TEST(TlsProbe, AnEndpointThatHangsUpIsSaid) {
  const TlsServer server({}, Manner::HangUp);

  const auto failure = probe(server.address()).failure;

  // Linux answers what was not read with a reset.
  EXPECT_TRUE(failure == "the TLS handshake failed: the endpoint closed the connection" ||
              failure == "the TLS handshake failed: connection reset by peer" ||
              failure == "the TLS handshake failed: broken pipe")
      << failure;
}

TEST(TlsProbe, AStopEndsAProbeAtOnce) {
  std::stop_source stop;
  const TlsServer server({}, Manner::Mute, [&] { stop.request_stop(); });
  TlsProber prober({.allow_loopback = true});

  const auto result = prober.probe(target(server.address(), std::chrono::minutes(10)), stop.get_token());

  EXPECT_FALSE(result.reached);
  EXPECT_EQ(result.failure, "stopped");
}

TEST(TlsProbe, AStopBeforehandConnectsNowhere) {
  std::stop_source stop;
  stop.request_stop();
  const TlsServer server({}, Manner::Mute);
  TlsProber prober({.allow_loopback = true});

  EXPECT_EQ(prober.probe(target(server.address()), stop.get_token()).failure, "stopped");
  EXPECT_EQ(server.connections(), 0);
}

TEST(TlsProbe, ANameThatCannotBeResolvedIsSaid) {
  // An empty label never gets as far as a name server.
  const auto failure = probe("a..b:443").failure;

  EXPECT_EQ(failure.find("name a..b cannot be resolved: "), 0u) << failure;
}

TEST(TlsProbe, AServerNameThatTlsCannotCarryIsSaid) {
  const TlsServer server({}, Manner::Mute);
  TlsProber prober({.allow_loopback = true});
  const std::string name(256, 'a');

  const auto result = prober.probe({server.address(), name, model::KeyType::Rsa, std::chrono::seconds(30)}, {});

  EXPECT_EQ(result.failure, "the TLS handshake failed: server name \"" + name + "\" cannot be asked for");
}

struct Place {
  const char* name;
  const char* address;
  const char* failure;
};

class TlsProbeRefusal : public testing::TestWithParam<Place> {};

TEST_P(TlsProbeRefusal, IsSaid) {
  TlsProber prober({.allow_loopback = false, .forbidden = {"API.example.com:6443", "[2001:DB8:0::1]:443"}});

  const auto result = prober.probe(target(GetParam().address), {});

  EXPECT_FALSE(result.reached);
  EXPECT_EQ(result.failure, GetParam().failure);
}

INSTANTIATE_TEST_SUITE_P(
    All, TlsProbeRefusal,
    testing::Values(
        Place{"LinkLocal", "169.254.169.254:80", "169.254.169.254:80 is not probed: link-local address"},
        Place{"LinkLocal6", "[fe80::1]:443", "[fe80::1]:443 is not probed: link-local address"},
        Place{"LinkLocalMapped", "[::ffff:169.254.169.254]:80", "169.254.169.254:80 is not probed: link-local address"},
        Place{"LinkLocalBehindNat64", "[64:ff9b::169.254.169.254]:80",
              "169.254.169.254:80 is not probed: link-local address"},
        Place{"LinkLocalInOneNumber", "2852039166:80", "169.254.169.254:80 is not probed: link-local address"},
        Place{"Unspecified", "0.0.0.0:443", "0.0.0.0:443 is not probed: unspecified address"},
        Place{"Unspecified6", "[::]:443", "[::]:443 is not probed: unspecified address"},
        Place{"Multicast", "224.0.0.1:443", "224.0.0.1:443 is not probed: multicast address"},
        Place{"Multicast6", "[ff02::1]:443", "[ff02::1]:443 is not probed: multicast address"},
        Place{"Broadcast", "255.255.255.255:443", "255.255.255.255:443 is not probed: broadcast address"},
        Place{"Loopback", "127.0.0.1:443", "127.0.0.1:443 is not probed: loopback address"},
        Place{"LoopbackElsewhere", "127.9.9.9:443", "127.9.9.9:443 is not probed: loopback address"},
        Place{"Loopback6", "[::1]:443", "[::1]:443 is not probed: loopback address"},
        Place{"LoopbackMapped", "[::ffff:127.0.0.1]:443", "127.0.0.1:443 is not probed: loopback address"},
        Place{"ForbiddenName", "api.example.COM.:6443", "api.example.COM.:6443 must not be probed"},
        Place{"ForbiddenAddress", "[2001:db8::1]:443", "[2001:db8::1]:443 must not be probed"},
        Place{"ForbiddenAddressSpeltOut", "[2001:0db8:0:0::0001]:443", "[2001:0db8:0:0::0001]:443 must not be probed"},
        Place{"NoPort", "www.example.com", "address \"www.example.com\" is not of the form host:port"},
        Place{"PortZero", "www.example.com:0", "address \"www.example.com:0\" is not of the form host:port"},
        Place{"PortTooHigh", "www.example.com:65536", "address \"www.example.com:65536\" is not of the form host:port"},
        Place{"BareIpv6", "2001:db8::1:443", "address \"2001:db8::1:443\" is not of the form host:port"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(TlsProbe, ANameDoesNotHideALoopbackAddress) {
  const TlsServer server({}, Manner::Mute);
  TlsProber prober({.allow_loopback = false});

  const auto result = prober.probe(target("localhost:" + std::to_string(server.port())), {});

  EXPECT_NE(result.failure.find(" is not probed: loopback address"), std::string::npos) << result.failure;
  EXPECT_EQ(server.connections(), 0);
}

TEST(TlsProbe, ANameDoesNotHideAForbiddenAddress) {
  const TlsServer server({}, Manner::Mute);
  const auto port = std::to_string(server.port());
  TlsProber prober({.allow_loopback = true, .forbidden = {server.address(), "[::1]:" + port}});

  const auto result = prober.probe(target("localhost:" + port), {});

  EXPECT_NE(result.failure.find(" must not be probed"), std::string::npos) << result.failure;
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace certsync::probe::test
