#include "http/server.h"

#include <condition_variable>
#include <mutex>
#include <vector>

#include "unit/http/asker.h"
#include "unit/http/server_bed.h"
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace certsync::http::test {
namespace {

using namespace std::chrono_literals;

void say(int socket, std::string_view bytes) {
  (void)!::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

/// Whether there is something to read, or the other side has closed, within `patience`.
bool something_comes(int socket, std::chrono::milliseconds patience) {
  pollfd one{socket, POLLIN, 0};
  return ::poll(&one, 1, static_cast<int>(patience.count())) > 0;
}

/// Holds whoever comes to it until it is opened.
class Barrier {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for_one() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

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

TEST(Server, SaysWhatItAllowsAndHowLongItWouldBe) {
  const auto server = serve(at("127.0.0.1:0"));

  EXPECT_NE(ask(server->port(), "DELETE /a HTTP/1.1\r\nHost: x\r\n\r\n").find("\r\nAllow: GET, HEAD\r\n"),
            std::string::npos);
  EXPECT_NE(ask(server->port(), "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n").find("\r\nContent-Length: 16\r\n"),
            std::string::npos);
}

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
  say(socket, "GET /");

  server.reset();

  EXPECT_EQ(read_to_end(socket), "");
  EXPECT_EQ(connect_to(port), -1);
  ::close(socket);
}

TEST(Server, WhoIsSlowHoldsUpNobody) {
  const auto server = serve(at("127.0.0.1:0", 60s));
  const int slow = connect_to(server->port());
  ASSERT_GE(slow, 0);
  say(slow, "GET /a HTTP/1.1\r\nX: ");

  EXPECT_EQ(body(get(server->port(), "/b")), "you asked for /b");

  say(slow, "y\r\n\r\n");
  EXPECT_EQ(body(read_to_end(slow)), "you asked for /a");
  ::close(slow);
}

TEST(Server, WhoSaysNothingIsCut) {
  const auto server = serve(at("127.0.0.1:0", 300ms));
  const int silent = connect_to(server->port());
  ASSERT_GE(silent, 0);

  EXPECT_EQ(read_to_end(silent), "");
  ::close(silent);
}

TEST(Server, ADripDoesNotMoveTheDeadline) {
  const auto server = serve(at("127.0.0.1:0", 300ms));
  const int slow = connect_to(server->port());
  ASSERT_GE(slow, 0);
  say(slow, "GET /a HTTP/1.1\r\nX: ");

  // 8 KiB at this pace would take minutes.
  int drops = 0;
  while (!something_comes(slow, 20ms) && ++drops < 1000)
    say(slow, "x");

  EXPECT_LT(drops, 1000);
  EXPECT_EQ(read_to_end(slow), "");
  ::close(slow);
}

TEST(Server, WhoDoesNotReadItsAnswerIsCut) {
  const std::string much(64u << 20, 'x');
  const auto server = serve(at("127.0.0.1:0", 300ms), quiet(), [&](const std::string&) {
    return Reply{200, "text/plain", much};
  });
  const int slow = connect_to(server->port());
  say(slow, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(something_comes(slow, 30s));

  // Somebody who came later has been cut, so the first one's time is over.
  const int later = connect_to(server->port());
  EXPECT_EQ(read_to_end(later), "");

  EXPECT_LT(read_to_end(slow).size(), much.size());
  ::close(slow);
  ::close(later);
}

TEST(Server, WhenAllPlacesAreTakenTheOldestGivesWay) {
  const auto server = serve(at("127.0.0.1:0", 60s, 2));
  const int first = connect_to(server->port());
  const int second = connect_to(server->port());

  EXPECT_EQ(body(get(server->port(), "/a")), "you asked for /a");

  EXPECT_EQ(read_to_end(first), "");
  say(second, "GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(body(read_to_end(second)), "you asked for /b");
  ::close(first);
  ::close(second);
}

// As somebody who wants to make the liveness probe fail would do it.
TEST(Server, ManySilentOnesKeepNobodyOut) {
  const auto server = serve(at("127.0.0.1:0", 60s, 8));
  std::vector<int> silent;
  for (int i = 0; i < 100; ++i) {
    silent.push_back(connect_to(server->port()));
    ASSERT_GE(silent.back(), 0);
    if (i % 10 == 0) {
      EXPECT_EQ(body(get(server->port(), "/a")), "you asked for /a");
    }
  }

  for (const int socket : silent)
    ::close(socket);
}

TEST(Server, ASlowHandlerHoldsUpNobody) {
  Barrier barrier;
  const auto server = serve(at("127.0.0.1:0"), quiet(), [&](const std::string& path) {
    if (path == "/slow") barrier.wait();
    return echo(path);
  });
  const int slow = connect_to(server->port());
  say(slow, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  barrier.wait_for_one();

  EXPECT_EQ(body(get(server->port(), "/a")), "you asked for /a");

  barrier.open();
  EXPECT_EQ(body(read_to_end(slow)), "you asked for /slow");
  ::close(slow);
}

TEST(Server, ATakenPortIsSaid) {
  const auto first = serve(at("127.0.0.1:0"));
  const auto address = "127.0.0.1:" + std::to_string(first->port());

  const auto second = Server::start(at(address), echo, quiet());

  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, ErrorKind::Stalled);
  EXPECT_EQ(second.error().message, "--server-address: cannot listen on " + address + ": Address already in use");
}

class NoAddress : public testing::TestWithParam<const char*> {};

TEST_P(NoAddress, IsRefused) {
  const auto server = Server::start(at(GetParam()), echo, quiet());

  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().message, "--server-address: \"" + std::string(GetParam()) +
                                        "\" is not of the form host:port, with an IP address or nothing as the host");
}

INSTANTIATE_TEST_SUITE_P(All, NoAddress,
                         testing::Values("8080", "127.0.0.1:", ":65536", ":-1", ":8080s", "a,b:0", "edge.example:0"));

}  // namespace
}  // namespace certsync::http::test
