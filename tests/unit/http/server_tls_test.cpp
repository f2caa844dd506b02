// The server by TLS: real handshakes, files that change under it.
#include "unit/http/asker.h"
#include "unit/http/server_bed.h"
#include "unit/http/test_certificates.h"
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server.h"
#include "support/temp_folder.h"

namespace certsync::http::test {
namespace {

using namespace std::chrono_literals;

class TlsServer : public testing::Test {
 protected:
  TlsServer() { place(issue(root_, "metrics.example", "IP:127.0.0.1")); }

  void place(const Identity& identity) {
    folder_.replace("tls.crt", identity.certificate_pem);
    folder_.replace("tls.key", identity.key_pem);
  }
  ServerOptions options(bool with_clients = false) {
    auto options = at("127.0.0.1:0");
    options.tls = {folder_ / "tls.crt", folder_ / "tls.key", ""};
    if (with_clients) {
      folder_.write("ca.crt", clients_.certificate_pem);
      options.tls->client_ca_file = folder_ / "ca.crt";
    }
    return options;
  }
  std::string error_of_start(const ServerOptions& options) {
    const auto server = Server::start(options, echo, quiet());
    EXPECT_FALSE(server.has_value());
    auto message = server ? "" : server.error().message;
    const std::string folder = folder_.path().string() + "/";
    for (auto found = message.find(folder); found != std::string::npos; found = message.find(folder))
      message.erase(found, folder.size());
    return message;
  }

  support::TempFolder folder_;
  Identity root_ = make_authority("Root");
  Identity other_root_ = make_authority("Other Root");
  Identity clients_ = make_authority("Clients");
};

TEST_F(TlsServer, AnswersWhoSpeaksTls) {
  const auto server = serve(options());

  EXPECT_EQ(body(get_by_tls(server->port(), "/a", {root_})), "you asked for /a");
  EXPECT_EQ(get_by_tls(server->port(), "/a", {other_root_}), "");
  EXPECT_EQ(get_by_tls(server->port(), "/a", {.authority = root_, .old = true}), "");
  EXPECT_EQ(body(get(server->port(), "/a")), "");
}

TEST_F(TlsServer, AnswersOnlyClientsOfItsCa) {
  const auto server = serve(options(true));
  const auto prometheus = issue(clients_, "prometheus", "");
  const auto stranger = issue(other_root_, "stranger", "");

  EXPECT_EQ(body(get_by_tls(server->port(), "/a", {root_, prometheus})), "you asked for /a");
  EXPECT_EQ(get_by_tls(server->port(), "/a", {root_}), "");
  EXPECT_EQ(get_by_tls(server->port(), "/a", {root_, stranger}), "");
}

TEST_F(TlsServer, ACertificateForServersIsNoneForClients) {
  const auto server = serve(options(true));

  const auto of_a_server = issue(clients_, "www", "", "serverAuth");
  const auto of_a_client = issue(clients_, "prometheus", "", "clientAuth");

  EXPECT_EQ(get_by_tls(server->port(), "/a", {root_, of_a_server}), "");
  EXPECT_EQ(body(get_by_tls(server->port(), "/a", {root_, of_a_client})), "you asked for /a");
}

TEST_F(TlsServer, SendsTheIntermediatesOfItsFile) {
  const auto between = issue_authority(root_, "Between");
  auto chain = issue(between, "metrics.example", "IP:127.0.0.1");
  chain.certificate_pem += between.certificate_pem;
  place(chain);

  const auto server = serve(options());

  EXPECT_EQ(body(get_by_tls(server->port(), "/a", {root_})), "you asked for /a");
}

TEST_F(TlsServer, ANewClientCaIsBelieved) {
  const auto server = serve(options(true));
  const auto stranger = issue(other_root_, "stranger", "");
  ASSERT_EQ(get_by_tls(server->port(), "/a", {root_, stranger}), "");

  folder_.replace("ca.crt", clients_.certificate_pem + other_root_.certificate_pem);

  EXPECT_TRUE(until([&] { return body(get_by_tls(server->port(), "/a", {root_, stranger})) == "you asked for /a"; }));
  const auto prometheus = issue(clients_, "prometheus", "");
  EXPECT_EQ(body(get_by_tls(server->port(), "/a", {root_, prometheus})), "you asked for /a");
}

// A mounted Secret: tls.crt -> ..data/tls.crt, ..data -> the present version, which is switched as a whole.
TEST_F(TlsServer, ASwitchedSecretVolumeIsReadAgain) {
  const auto version = [&](const std::string& name, const Identity& identity) {
    folder_.write("mount/" + name + "/tls.crt", identity.certificate_pem);
    folder_.write("mount/" + name + "/tls.key", identity.key_pem);
    folder_.link("mount/..data", name);
  };
  version("..1", issue(root_, "metrics.example", "IP:127.0.0.1"));
  folder_.link("mount/tls.crt", "..data/tls.crt");
  folder_.link("mount/tls.key", "..data/tls.key");
  auto options = at("127.0.0.1:0");
  options.tls = {folder_ / "mount/tls.crt", folder_ / "mount/tls.key", ""};
  const auto server = serve(options);
  ASSERT_EQ(body(get_by_tls(server->port(), "/a", {root_})), "you asked for /a");

  version("..2", issue(other_root_, "metrics.example", "IP:127.0.0.1"));
  folder_.remove("mount/..1");

  EXPECT_TRUE(until([&] { return body(get_by_tls(server->port(), "/a", {other_root_})) == "you asked for /a"; }));
}

TEST_F(TlsServer, ARenewedCertificateIsReadAgain) {
  const Listener listener;
  const auto server = serve(options(), listener.log());
  ASSERT_EQ(body(get_by_tls(server->port(), "/a", {root_})), "you asked for /a");

  place(issue(other_root_, "metrics.example", "IP:127.0.0.1"));

  EXPECT_TRUE(until([&] { return body(get_by_tls(server->port(), "/a", {other_root_})) == "you asked for /a"; }));
  EXPECT_NE(listener.text().find("read again"), std::string::npos) << listener.text();
}

TEST_F(TlsServer, ABrokenNewPairLeavesTheOldOneInForce) {
  const Listener listener;
  const auto server = serve(options(), listener.log());
  const auto next = issue(other_root_, "metrics.example", "IP:127.0.0.1");

  // The certificate comes first, as it does where two files are written one after the other.
  folder_.replace("tls.crt", next.certificate_pem);
  EXPECT_TRUE(until([&] {
    EXPECT_EQ(body(get_by_tls(server->port(), "/a", {root_})), "you asked for /a");
    return listener.count("the one before stays") == 1;
  }));
  EXPECT_NE(listener.text().find("tls.key: it is not the key of the certificate"), std::string::npos)
      << listener.text();

  folder_.replace("tls.key", next.key_pem);
  EXPECT_TRUE(until([&] { return body(get_by_tls(server->port(), "/a", {other_root_})) == "you asked for /a"; }));

  folder_.remove("tls.crt");
  EXPECT_TRUE(until([&] {
    EXPECT_EQ(body(get_by_tls(server->port(), "/a", {other_root_})), "you asked for /a");
    return listener.count("the one before stays") == 2;
  }));
  // Looked at many times, said once each.
  folder_.write("tls.crt", next.certificate_pem);
  EXPECT_TRUE(until([&] {
    (void)get_by_tls(server->port(), "/a", {other_root_});
    return listener.count("read again") == 2;
  }));
  EXPECT_EQ(listener.count("the one before stays"), 2) << listener.text();
  EXPECT_EQ(listener.text().find("PRIVATE"), std::string::npos);
}

TEST_F(TlsServer, AClientThatNeverFinishesItsHandshakeHoldsUpNobody) {
  auto options = this->options();
  options.deadline = 60s;
  const auto server = serve(options);
  const int silent = connect_to(server->port());
  // The first bytes of a handshake that never goes on.
  (void)!::send(silent, "\x16\x03\x01\x02\x00\x01", 6, MSG_NOSIGNAL);

  EXPECT_EQ(body(get_by_tls(server->port(), "/a", {root_})), "you asked for /a");
  ::close(silent);
}

TEST_F(TlsServer, AHandshakeThatNeverEndsIsCut) {
  auto options = this->options();
  options.deadline = 300ms;
  const auto server = serve(options);
  const int silent = connect_to(server->port());
  (void)!::send(silent, "\x16\x03\x01\x02\x00\x01", 6, MSG_NOSIGNAL);

  EXPECT_EQ(read_to_end(silent), "");
  ::close(silent);
}

TEST_F(TlsServer, FilesThatCannotBeUsedAreNamed) {
  auto no_file = options();
  no_file.tls->certificate_file = folder_ / "none.crt";
  EXPECT_EQ(error_of_start(no_file), "--server-tls-cert-file none.crt: No such file or directory");

  auto no_certificate = options();
  no_certificate.tls->certificate_file = folder_ / "tls.key";
  EXPECT_EQ(error_of_start(no_certificate), "--server-tls-cert-file tls.key: it holds no certificate in PEM");

  folder_.write("half.crt", folder_.read("tls.crt").substr(0, 100));
  auto half = options();
  half.tls->certificate_file = folder_ / "half.crt";
  EXPECT_EQ(error_of_start(half), "--server-tls-cert-file half.crt: it is damaged");

  auto no_key = options();
  no_key.tls->key_file = folder_ / "tls.crt";
  EXPECT_EQ(error_of_start(no_key), "--server-tls-key-file tls.crt: it holds no private key in PEM");

  folder_.write("other.key", issue(root_, "other", "").key_pem);
  auto other_key = options();
  other_key.tls->key_file = folder_ / "other.key";
  EXPECT_EQ(error_of_start(other_key), "--server-tls-key-file other.key: it is not the key of the certificate");

  auto no_ca = options(true);
  folder_.write("ca.crt", "nothing");
  EXPECT_EQ(error_of_start(no_ca), "--server-tls-client-ca-file ca.crt: it holds no certificate in PEM");
}

TEST_F(TlsServer, AKeyUnderAPasswordIsRefusedAndNobodyIsAsked) {
  folder_.write("locked.key", locked_key(issue(root_, "locked", "").key_pem, "password"));
  auto options = this->options();
  options.tls->key_file = folder_ / "locked.key";

  EXPECT_EQ(error_of_start(options),
            "--server-tls-key-file locked.key: it is under a password; give a key without one");
}

}  // namespace
}  // namespace certsync::http::test
