#include "http/server.h"

#include <chrono>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "unit/http/asker.h"
#include "unit/http/test_certificates.h"
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/temp_folder.h"

namespace certsync::http::test {
namespace {

using namespace std::chrono_literals;

/// Collects what is logged.
class Listener {
 public:
  const Logger& log() const { return log_; }
  std::string text() const {
    std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
  Logger log_{LogLevel::Info, LogFormat::Text, [this](std::string_view line) {
                std::lock_guard lock(mutex_);
                text_ += std::string(line) + "\n";
              }};
};

const Logger& quiet() {
  static const Logger log(LogLevel::Error, LogFormat::Text, [](std::string_view) {});
  return log;
}

Reply echo(const std::string& path) {
  if (path == "/broken") throw std::runtime_error("broken inside");
  return {path == "/none" ? 404 : 200, "text/plain", "you asked for " + path};
}

ServerOptions at(const std::string& address, std::chrono::milliseconds deadline = 5s, std::size_t most = 64) {
  ServerOptions options;
  options.address = address;
  options.deadline = deadline;
  options.most_connections = most;
  return options;
}

std::unique_ptr<Server> serve(ServerOptions options, const Logger& log = quiet()) {
  auto server = Server::start(std::move(options), echo, log);
  EXPECT_TRUE(server.has_value()) << to_text(server.error());
  return server ? std::move(*server) : nullptr;
}

std::string first_line(const std::string& answer) {
  return answer.substr(0, answer.find('\r'));
}
std::string body(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

/// Asked again and again until it is true: for what another thread is about to do.
template <class Condition>
bool until(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
  }
  return true;
}

// --- plain
// ------------------------------------------------------------------------------------------------------------

struct Question {
  const char* name;
  std::string request;
  std::string status;
  std::string body;
};

class Asked : public testing::TestWithParam<Question> {};

TEST_P(Asked, Answers) {
  const auto server = serve(at("127.0.0.1:0"));

  const auto answer = ask(server->port(), GetParam().request);

  EXPECT_EQ(first_line(answer), GetParam().status);
  EXPECT_EQ(body(answer), GetParam().body);
}

INSTANTIATE_TEST_SUITE_P(
    All, Asked,
    testing::Values(
        Question{"Get", "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK", "you asked for /a"},
        Question{"GetOfOldClients", "GET /a HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK", "you asked for /a"},
        Question{"Head", "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK", ""},
        Question{"Query", "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK", "you asked for /a"},
        Question{"NotThere", "GET /none HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 Not Found", "you asked for /none"},
        Question{"Post", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nxy",
                 "HTTP/1.1 405 Method Not Allowed", "only GET and HEAD\n"},
        Question{"Broken", "GET /broken HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 500 Internal Server Error",
                 "broken inside\n"},
        Question{"Nonsense", "\x16\x03\x01 hello\r\n\r\n", "", ""},
        Question{"EndlessHeader", "GET /a HTTP/1.1\r\nX: " + std::string(20'000, 'x'), "", ""},
        Question{"BigBody", "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n" + std::string(9000, 'x'), "",
                 ""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Server, AllInterfacesAreIpv4AndIpv6) {
  const auto server = serve(at(":0"));

  EXPECT_EQ(body(get(server->port(), "/a")), "you asked for /a");
  // A machine without IPv6 has no ::1 to listen on either.
  const auto six = Server::start(at("[::1]:0"), echo, quiet());
  const int socket = connect_to(server->port(), true);
  EXPECT_EQ(socket >= 0, six.has_value());
  if (socket >= 0) ::close(socket);
}

TEST(Server, ItsEndCutsWhoIsConnected) {
  auto server = serve(at("127.0.0.1:0", 60s));
  const int port = server->port();
  const int socket = connect_to(port);
  ASSERT_GE(socket, 0);
  (void)!::send(socket, "GET /", 5, MSG_NOSIGNAL);

  server.reset();

  EXPECT_EQ(read_to_end(socket), "");
  EXPECT_EQ(connect_to(port), -1);
  ::close(socket);
}

TEST(Server, WhoIsSlowIsCutAndHoldsUpNobody) {
  const auto server = serve(at("127.0.0.1:0", 300ms));
  const int slow = connect_to(server->port());
  ASSERT_GE(slow, 0);
  (void)!::send(slow, "GET /a HTTP/1.1\r\nX: ", 20, MSG_NOSIGNAL);

  EXPECT_EQ(body(get(server->port(), "/b")), "you asked for /b");
  EXPECT_EQ(read_to_end(slow), "");
  ::close(slow);
}

TEST(Server, OneTooManyIsClosedAtOnce) {
  const auto server = serve(at("127.0.0.1:0", 60s, 2));
  const int first = connect_to(server->port());
  const int second = connect_to(server->port());

  // Whoever of the three came last to the server was the one too many.
  const int third = connect_to(server->port());
  EXPECT_EQ(read_to_end(third), "");
  ::close(third);

  ::close(first);
  EXPECT_TRUE(until([&] { return body(get(server->port(), "/a")) == "you asked for /a"; }));
  ::close(second);
}

TEST(Server, ATakenPortIsSaid) {
  const auto first = serve(at("127.0.0.1:0"));
  const auto address = "127.0.0.1:" + std::to_string(first->port());

  const auto second = Server::start(at(address), echo, quiet());

  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, ErrorKind::Stalled);
  EXPECT_EQ(second.error().message, "cannot listen on " + address + ": Address already in use");
}

class NoAddress : public testing::TestWithParam<const char*> {};

TEST_P(NoAddress, IsRefused) {
  const auto server = Server::start(at(GetParam()), echo, quiet());

  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().message, "\"" + std::string(GetParam()) +
                                        "\" is not of the form host:port, with an IP address or nothing as the host");
}

INSTANTIATE_TEST_SUITE_P(All, NoAddress,
                         testing::Values("8080", "127.0.0.1:", ":65536", ":-1", ":8080s", "a,b:0", "edge.example:0"));

// --- by TLS
// -----------------------------------------------------------------------------------------------------------

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

TEST_F(TlsServer, ARenewedCertificateIsReadAgain) {
  const Listener listener;
  const auto server = serve(options(), listener.log());
  ASSERT_EQ(body(get_by_tls(server->port(), "/a", {root_})), "you asked for /a");

  place(issue(other_root_, "metrics.example", "IP:127.0.0.1"));

  EXPECT_TRUE(until([&] { return body(get_by_tls(server->port(), "/a", {other_root_})) == "you asked for /a"; }));
  EXPECT_NE(listener.text().find("read again"), std::string::npos) << listener.text();
}

TEST_F(TlsServer, ABrokenNewCertificateLeavesTheOldOneInForce) {
  const Listener listener;
  const auto server = serve(options(), listener.log());

  folder_.replace("tls.crt", "half a certif");

  EXPECT_TRUE(until([&] {
    EXPECT_EQ(body(get_by_tls(server->port(), "/a", {root_})), "you asked for /a");
    return listener.text().find("the one before stays") != std::string::npos;
  }));
  EXPECT_EQ(listener.text().find("PRIVATE"), std::string::npos);
}

TEST_F(TlsServer, AClientThatNeverFinishesItsHandshakeHoldsUpNobody) {
  auto options = this->options();
  options.deadline = 300ms;
  const auto server = serve(options);
  const int silent = connect_to(server->port());

  EXPECT_EQ(body(get_by_tls(server->port(), "/a", {root_})), "you asked for /a");
  EXPECT_EQ(read_to_end(silent), "");
  ::close(silent);
}

TEST_F(TlsServer, FilesThatCannotBeUsedAreNamed) {
  auto no_file = options();
  no_file.tls->certificate_file = folder_ / "none.crt";
  EXPECT_EQ(error_of_start(no_file), "--metrics-tls-cert-file none.crt: No such file or directory");

  folder_.write("other.key", issue(root_, "other", "").key_pem);
  auto other_key = options();
  other_key.tls->key_file = folder_ / "other.key";
  EXPECT_EQ(error_of_start(other_key), "--metrics-tls-key-file other.key: key values mismatch");

  auto no_ca = options(true);
  folder_.write("ca.crt", "nothing");
  EXPECT_EQ(error_of_start(no_ca), "--metrics-tls-client-ca-file ca.crt: no start line");
}

TEST_F(TlsServer, AKeyWithAPasswordIsRefusedAndNobodyIsAsked) {
  const std::string locked = locked_key(issue(root_, "locked", "").key_pem, "password");
  folder_.write("locked.key", locked);
  auto options = this->options();
  options.tls->key_file = folder_ / "locked.key";

  EXPECT_EQ(error_of_start(options).find("--metrics-tls-key-file locked.key: "), 0u);
}

}  // namespace
}  // namespace certsync::http::test
