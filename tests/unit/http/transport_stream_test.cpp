// Answers without an end, taken piece by piece: what the reader sees, and how they end. Back-pressure is in
// transport_pressure_test.cpp.
#include <future>
#include <semaphore>
#include <thread>

#include "unit/http/stream_readers.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace certsync::http::test {
namespace {

class StreamForm : public ::testing::TestWithParam<bool> {
 protected:
  static ServerOptions options() { return GetParam() ? tls() : ServerOptions{}; }
};

/// The server sends a word when the reader has the one before.
TEST_P(StreamForm, PiecesArriveInOrderAndAsTheyAreSent) {
  std::counting_semaphore<> seen(0);
  TestServer server(options(), [&](Connection& connection, const SeenRequest&) {
    connection.write(kChunked);
    for (const auto* word : {"one ", "two ", "three "}) {
      connection.write(chunk(word));
      if (!seen.try_acquire_for(seconds(10))) return connection.shutdown();
    }
    connection.write(chunk(""));
  });
  Notes notes([&](const std::string&) {
    seen.release();
    return true;
  });

  EXPECT_EQ(stream(*transport_to(server.url()), notes), "200 ");

  EXPECT_EQ(notes.text, "one two three ");
  EXPECT_EQ(server.requests().at(0).start_line, "GET /watch HTTP/1.1");
}

TEST_P(StreamForm, CleanEndLeavesTheConnectionForTheNext) {
  TestServer server(options(), always(std::string(kChunked) + chunk("a") + chunk("b") + chunk("")));
  const auto transport = transport_to(server.url());

  for (int round = 0; round < 5; ++round) {
    Notes notes;
    EXPECT_EQ(stream(*transport, notes), "200 ");
    EXPECT_EQ(notes.text, "ab");
    EXPECT_EQ(text_of(send(*transport, get())), "200 ab");
  }

  EXPECT_EQ(server.connections(), 1);
}

TEST_P(StreamForm, AnswersWithALengthAndThoseUntilTheEndAreReadToo) {
  for (const auto& answer : {ok("abc"), std::string("HTTP/1.1 200 OK\r\n\r\nabc")}) {
    TestServer server(options(), [&](Connection& connection, const SeenRequest&) {
      connection.write(answer);
      connection.shutdown();
    });
    Notes notes;

    EXPECT_EQ(stream(*transport_to(server.url()), notes), "200 ");
    EXPECT_EQ(notes.text, "abc");
  }
}

TEST_P(StreamForm, CutIsLostAfterWhatHadArrived) {
  for (const auto& rest : {std::string(), std::string("a\r\nhalf")}) {
    TestServer server(options(), [&](Connection& connection, const SeenRequest&) {
      connection.write(std::string(kChunked) + chunk("whole") + rest);
      connection.shutdown();
    });
    Notes notes;

    EXPECT_EQ(
        stream(*transport_to(server.url()), notes),
        with_port("lost maybe sent: the connection to 127.0.0.1:PORT broke before the answer was complete", server));
    EXPECT_EQ(notes.text, "whole");
  }
}

TEST_P(StreamForm, ReaderThatHasEnoughEndsIt) {
  TestServer server(options(), [](Connection& connection, const SeenRequest&) {
    connection.write(kChunked);
    connection.write_for_ever(chunk("line\n"));
  });
  const auto transport = transport_to(server.url());

  for (int round = 0; round < 3; ++round) {
    Notes notes([](const std::string&) { return false; });
    EXPECT_EQ(stream(*transport, notes), "200 ");
    EXPECT_EQ(notes.text.substr(0, 5), "line\n");
  }

  server.wait_hung_up(3);
  EXPECT_EQ(server.connections(), 3);
}

TEST_P(StreamForm, StopEndsItAtOnceBetweenPieces) {
  TestServer server(options(), [](Connection& connection, const SeenRequest&) {
    connection.write(std::string(kChunked) + chunk("a"));
    connection.wait_closed();
  });
  const auto transport = transport_to(server.url());
  std::stop_source source;
  std::promise<void> seen;
  std::jthread stopper([&] {
    seen.get_future().wait();
    source.request_stop();
  });
  Notes notes([&](const std::string&) {
    seen.set_value();
    return true;
  });

  EXPECT_EQ(stream(*transport, notes, {}, source.get_token()), "cancelled maybe sent: cancelled");

  EXPECT_EQ(notes.text, "a");
  server.wait_hung_up(1);
}

TEST_P(StreamForm, StopByTheReaderItselfIsTheLastItSees) {
  TestServer server(options(), [](Connection& connection, const SeenRequest&) {
    connection.write(kChunked);
    connection.write_for_ever(chunk("line\n"));
  });
  std::stop_source source;
  int reads = 0;
  Notes notes([&](const std::string&) {
    ++reads;
    return source.request_stop();
  });

  EXPECT_EQ(stream(*transport_to(server.url()), notes, {}, source.get_token()), "cancelled maybe sent: cancelled");

  EXPECT_EQ(reads, 1);
}

INSTANTIATE_TEST_SUITE_P(Rows, StreamForm, ::testing::Bool(),
                         [](const auto& row) { return row.param ? "Tls" : "Plain"; });

TEST(StreamSilence, BeforeTheHeadersTimesOut) {
  for (const bool use_tls : {true, false}) {
    TestServer server(use_tls ? tls() : ServerOptions{},
                      [](Connection& connection, const SeenRequest&) { connection.wait_closed(); });
    Notes notes;

    // Long enough for a handshake on a busy machine: a client that has not connected yet hangs nothing up.
    EXPECT_EQ(stream(*transport_to(server.url()), notes, {milliseconds(1000)}),
              with_port("timeout maybe sent: 127.0.0.1:PORT was silent for 1s", server));
    server.wait_hung_up(1);
  }
}

TEST(StreamSilence, InMidStreamTimesOut) {
  TestServer server(tls(), [](Connection& connection, const SeenRequest&) {
    connection.write(std::string(kChunked) + chunk("a"));
    connection.wait_closed();
  });
  Notes notes;

  EXPECT_EQ(stream(*transport_to(server.url()), notes, {milliseconds(200)}),
            with_port("timeout maybe sent: 127.0.0.1:PORT was silent for 200ms", server));

  EXPECT_EQ(notes.text, "a");
  server.wait_hung_up(1);
}

TEST(StreamSilence, WithoutAHandshakeNothingWasSent) {
  TestServer mute({}, always(""), TestServer::Manner::Mute);
  Notes notes;

  EXPECT_EQ(stream(*transport_to("https://127.0.0.1:" + std::to_string(mute.port())), notes, {milliseconds(100)}),
            with_port("unreachable unsent: no connection to 127.0.0.1:PORT within 100ms", mute));
}

/// Each pause is shorter than `idle`, all together are longer, and so are those around the headers.
TEST(StreamSilence, DripKeepsItAlive) {
  TestServer server(tls(), [](Connection& connection, const SeenRequest&) {
    connection.wait_closed(milliseconds(350));
    connection.write(kChunked);
    connection.wait_closed(milliseconds(350));
    for (int drop = 0; drop < 10 && !connection.wait_closed(milliseconds(50)); ++drop)
      connection.write(chunk("."));
    connection.write(chunk(""));
  });
  Notes notes;

  EXPECT_EQ(stream(*transport_to(server.url()), notes, {milliseconds(600)}), "200 ");

  EXPECT_EQ(notes.text, "..........");
}

/// The time that the reader takes is not the server's silence.
TEST(StreamSilence, SlowReaderDoesNotCountAsSilence) {
  std::promise<void> gone;
  TestServer server(tls(), always(std::string(kChunked) + chunk("a") + chunk("")));
  Notes notes(
      [&](const std::string&) { return gone.get_future().wait_for(milliseconds(300)) == std::future_status::timeout; });

  EXPECT_EQ(stream(*transport_to(server.url()), notes, {milliseconds(200)}), "200 ");
}

TEST(StreamDeadline, EndsEvenAFlowingStream) {
  for (const bool fast : {true, false}) {
    TestServer server(tls(), [fast](Connection& connection, const SeenRequest&) {
      connection.write(kChunked);
      while ((fast || !connection.wait_closed(milliseconds(20))) && connection.write(chunk("line\n"))) {
      }
    });
    Counter counter;

    EXPECT_EQ(stream(*transport_to(server.url()), counter, {seconds(20), milliseconds(300)}),
              with_port("timeout maybe sent: no complete answer from 127.0.0.1:PORT within 300ms", server));
    EXPECT_GT(counter.total, 0u);
    server.wait_hung_up(1);
  }
}

/// Our end of the one connection to the server.
int socket_to(const TestServer& server) {
  for (int socket = 0; socket < 1024; ++socket) {
    sockaddr_in peer{};
    socklen_t length = sizeof peer;
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &length) == 0 && peer.sin_family == AF_INET &&
        ntohs(peer.sin_port) == server.port())
      return socket;
  }
  return -1;
}

int option_of(int socket, int level, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  ::getsockopt(socket, level, option, &value, &length);
  return value;
}

TEST(StreamSilence, PeerIsProbedByTheKernel) {
  for (const bool use_tls : {true, false}) {
    TestServer server(use_tls ? tls() : ServerOptions{}, always(std::string(kChunked) + chunk("a") + chunk("")));
    int socket = -1;
    Notes notes([&](const std::string&) {
      socket = socket_to(server);
      EXPECT_EQ(option_of(socket, SOL_SOCKET, SO_KEEPALIVE), 1);
      EXPECT_EQ(option_of(socket, IPPROTO_TCP, TCP_KEEPIDLE), 30);
      EXPECT_EQ(option_of(socket, IPPROTO_TCP, TCP_KEEPINTVL), 10);
      EXPECT_EQ(option_of(socket, IPPROTO_TCP, TCP_KEEPCNT), 3);
      EXPECT_EQ(option_of(socket, IPPROTO_TCP, TCP_USER_TIMEOUT), 30'000);
      return true;
    });

    EXPECT_EQ(stream(*transport_to(server.url()), notes), "200 ");
    EXPECT_GE(socket, 0);
  }
}

struct StatusCase {
  const char* name;
  const char* answer;
  const char* outcome;
};

class StreamStatus : public ::testing::TestWithParam<StatusCase> {};

TEST_P(StreamStatus, IsCollectedAndNotForTheReader) {
  TestServer server(tls(), always(GetParam().answer));
  Notes notes;
  auto request = get("/watch");
  request.max_response_bytes = 10;

  const auto outcome = transport_to(server.url())->stream(std::move(request), seconds(20), notes, std::stop_token());

  EXPECT_EQ(text_of(outcome), with_port(GetParam().outcome, server));
  EXPECT_EQ(notes.text, "");
}

INSTANTIATE_TEST_SUITE_P(
    Rows, StreamStatus,
    ::testing::Values(
        StatusCase{"Gone", "HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone", "410 gone"},
        StatusCase{"Error", "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                   "500 abcde"},
        StatusCase{"Redirect", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /b\r\n\r\n", "302 "},
        StatusCase{"Declared", "HTTP/1.1 401 No\r\nContent-Length: 11\r\n\r\n",
                   "too large maybe sent: the answer of 127.0.0.1:PORT is longer than 10 bytes"},
        StatusCase{"Long", "HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n",
                   "too large maybe sent: the answer of 127.0.0.1:PORT is longer than 10 bytes"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(StreamRequest, OnlyAPlainGetIsTaken) {
  TestServer server(tls(), always(ok()));
  const auto transport = transport_to(server.url());
  for (const auto method : {Method::Post, Method::Get}) {
    Notes notes;
    EXPECT_EQ(text_of(transport->stream(request_with_body(method, "{}"), seconds(20), notes, std::stop_token())),
              "unreachable unsent: only a GET without a body can be streamed");
  }
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace certsync::http::test
