// Servers that stall, lie, hang up or never end, and callers that lose patience.
#include <future>
#include <thread>

#include "unit/http/http_test_setup.h"
#include "unit/http/test_server.h"

#include "base/encoding.h"

namespace certsync::http::test {
namespace {

using std::chrono::milliseconds;

Request within(milliseconds timeout, Request request = get()) {
  request.timeout = timeout;
  return request;
}

Request at_most(std::size_t bytes) {
  auto request = get();
  request.max_response_bytes = bytes;
  return request;
}

milliseconds time_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

struct BreakCase {
  const char* name;
  const char* answer;
};

class TransportBreak : public ::testing::TestWithParam<std::tuple<BreakCase, bool, bool>> {};

TEST_P(TransportBreak, IsLostAndMayHaveBeenCarriedOut) {
  const auto& [row, use_tls, use_reset] = GetParam();
  TestServer server(use_tls ? tls() : ServerOptions{},
                    [&, part = row.answer, rude = use_reset](Connection& connection, const SeenRequest&) {
                      connection.write(part);
                      rude ? connection.reset() : connection.shutdown();
                    });
  const auto transport = transport_to(server.url());

  const auto outcome = text_of(send(*transport, request_with_body(Method::Post, "{}")));

  EXPECT_EQ(outcome, with_port("lost maybe sent: the connection to 127.0.0.1:PORT broke before the answer was complete",
                               server));
  EXPECT_EQ(server.requests().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, TransportBreak,
    ::testing::Combine(
        ::testing::Values(BreakCase{"BeforeTheAnswer", ""}, BreakCase{"InTheStatusLine", "HTTP/1.1 2"},
                          BreakCase{"InTheHeaders", "HTTP/1.1 200 OK\r\nContent-"},
                          BreakCase{"InTheBody", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"},
                          BreakCase{"InAChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhalf"},
                          BreakCase{"BetweenChunks",
                                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"},
                          BreakCase{"NotHttp", "SSH-2.0-OpenSSH\r\n\r\n"},
                          BreakCase{"NoChunkLength", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}),
        ::testing::Bool(), ::testing::Bool()),
    [](const auto& row) {
      return std::string(std::get<0>(row.param).name) + (std::get<1>(row.param) ? "Tls" : "Plain") +
             (std::get<2>(row.param) ? "Reset" : "");
    });

TEST(TransportLimit, DeclaredLengthIsRefusedAtTheHeaders) {
  TestServer server(tls(), [](Connection& connection, const SeenRequest&) {
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 600000000\r\n\r\n");
    connection.write_for_ever(std::string(16384, 'x'));
  });
  std::string outcome;
  {
    const auto transport = transport_to(server.url());
    outcome = text_of(send(*transport, at_most(1'000'000)));
  }

  EXPECT_EQ(outcome,
            with_port("too large maybe sent: the answer of 127.0.0.1:PORT is longer than 1000000 bytes", server));
  server.wait_hung_up(1);
  EXPECT_LT(server.bytes_written(), 50'000'000u);
}

struct EndlessCase {
  const char* name;
  const char* start;
  const char* piece;
};

class TransportEndless : public ::testing::TestWithParam<EndlessCase> {};

TEST_P(TransportEndless, IsCutOffAtTheLimit) {
  TestServer server(tls(), [](Connection& connection, const SeenRequest&) {
    std::string pieces;
    while (pieces.size() < 16384)
      pieces += GetParam().piece;
    connection.write(GetParam().start);
    connection.write_for_ever(pieces);
  });
  const auto transport = transport_to(server.url());

  EXPECT_EQ(text_of(send(*transport, at_most(1'000'000))),
            with_port("too large maybe sent: the answer of 127.0.0.1:PORT is longer than 1000000 bytes", server));

  server.wait_hung_up(1);
  EXPECT_LT(server.bytes_written(), 50'000'000u);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, TransportEndless,
    ::testing::Values(
        EndlessCase{"Chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "10\r\n0123456789abcdef\r\n"},
        EndlessCase{"OneChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n", "abcd"},
        EndlessCase{"BodyWithoutLength", "HTTP/1.1 200 OK\r\n\r\n", "abcd"},
        EndlessCase{"Headers", "HTTP/1.1 200 OK\r\n", "X-Header: value\r\n"},
        EndlessCase{"StatusLine", "HTTP/1.1 200 ", "abcd"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(TransportLimit, ExactlyTheLimitPasses) {
  TestServer server(tls(), always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n"));
  const auto transport = transport_to(server.url());

  EXPECT_EQ(text_of(send(*transport, at_most(4))), "200 abcd");
  EXPECT_EQ(text_of(send(*transport, at_most(3))).substr(0, 9), "too large");
}

// A hundred thousand zeros in a hundred bytes; nobody asked for them to be packed.
constexpr char kPacked[] =
    "H4sIAAAAAAAC/+3BMQEAAADCoPVPbQ0PoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIBXA32VEdSghgEA";

TEST(TransportLimit, WhatIsPackedIsNotOpened) {
  const std::string packed = *from_base64(kPacked);
  for (const char* coding : {"gzip", "deflate", "br"}) {
    TestServer server(tls(), always("HTTP/1.1 200 OK\r\nContent-Encoding: " + std::string(coding) +
                                    "\r\nContent-Length: " + std::to_string(packed.size()) + "\r\n\r\n" + packed));
    const auto transport = transport_to(server.url());

    const auto response = send(*transport, at_most(1000));

    ASSERT_TRUE(response) << coding;
    EXPECT_EQ(response->body, packed) << coding;
    EXPECT_EQ(server.requests().front().headers.find("Accept-Encoding"), std::string::npos);
  }
}

TEST(TransportLimit, AnotherHandshakeIsNotMade) {
  auto options = tls();
  options.max_tls_version = TLS1_2_VERSION;
  bool again = true;
  TestServer server(std::move(options), [&](Connection& connection, const SeenRequest&) {
    again = connection.shake_hands_again();
    connection.write(ok());
  });
  const auto transport = transport_to(server.url());

  send(*transport, within(std::chrono::seconds(20)));

  server.wait_hung_up(1);
  EXPECT_FALSE(again);
}

TEST(TransportDeadline, DrippingAnswerEndsAtTheDeadline) {
  TestServer server(tls(), [](Connection& connection, const SeenRequest&) {
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (!connection.wait_closed(milliseconds(50)) && connection.write("x")) {
    }
  });
  const auto transport = transport_to(server.url());
  std::string outcome;

  const auto took = time_of([&] { outcome = text_of(send(*transport, within(milliseconds(300)))); });

  EXPECT_EQ(outcome, with_port("timeout maybe sent: no complete answer from 127.0.0.1:PORT within 300ms", server));
  EXPECT_GE(took, milliseconds(300));
  EXPECT_LT(took, milliseconds(2000));
}

TEST(TransportDeadline, SilentServerEndsAtTheDeadline) {
  for (const bool use_tls : {true, false}) {
    TestServer server(use_tls ? tls() : ServerOptions{},
                      [](Connection& connection, const SeenRequest&) { connection.wait_closed(); });
    const auto transport = transport_to(server.url());

    EXPECT_EQ(text_of(send(*transport, within(milliseconds(100), request_with_body(Method::Delete, "")))),
              with_port("timeout maybe sent: no complete answer from 127.0.0.1:PORT within 100ms", server));
  }
}

TEST(TransportDeadline, ServerThatNeverShakesHandsGotNothing) {
  TestServer mute({}, always(""), TestServer::Manner::Mute);
  const auto transport = transport_to("https://127.0.0.1:" + std::to_string(mute.port()));

  EXPECT_EQ(text_of(send(*transport, within(milliseconds(100), request_with_body(Method::Delete, "")))),
            with_port("unreachable unsent: no connection to 127.0.0.1:PORT within 100ms", mute));
}

TEST(TransportDeadline, HangUpInTheHandshakeSentNothing) {
  TestServer rude({}, always(""), TestServer::Manner::HangUp);
  const auto transport = transport_to("https://127.0.0.1:" + std::to_string(rude.port()));

  EXPECT_EQ(text_of(send(*transport, request_with_body(Method::Delete, ""))),
            with_port("unreachable unsent: 127.0.0.1:PORT closed the connection during the TLS handshake", rude));
}

TEST(TransportCancel, StopTokenEndsTheWaitAtOnce) {
  std::promise<void> arrived;
  TestServer server(tls(), [&](Connection& connection, const SeenRequest&) {
    arrived.set_value();
    connection.wait_closed();
  });
  const auto transport = transport_to(server.url());
  std::stop_source source;
  std::jthread stopper([&] {
    arrived.get_future().wait();
    source.request_stop();
  });
  std::string outcome;

  const auto took =
      time_of([&] { outcome = text_of(transport->send(request_with_body(Method::Post, "{}"), source.get_token())); });

  EXPECT_EQ(outcome, "cancelled maybe sent: cancelled");
  EXPECT_LT(took, milliseconds(5000));
}

TEST(TransportCancel, StoppedBeforehandSendsNothing) {
  TestServer server(tls(), always(ok()));
  const auto transport = transport_to(server.url());
  std::stop_source source;
  source.request_stop();

  EXPECT_EQ(text_of(transport->send(get(), source.get_token())), "cancelled unsent: cancelled");
  EXPECT_EQ(server.connections(), 0);
}

TEST(TransportCancel, DestructorEndsTheRequestsOfOtherThreads) {
  std::promise<void> arrived;
  TestServer server(tls(), [&](Connection& connection, const SeenRequest&) {
    arrived.set_value();
    connection.wait_closed();
  });
  auto transport = transport_to(server.url());
  std::string outcome;
  std::jthread sender([&, raw = transport.get()] { outcome = text_of(send(*raw, get())); });
  arrived.get_future().wait();

  transport.reset();
  sender.join();

  EXPECT_EQ(outcome, "cancelled maybe sent: cancelled");
}

/// Deadlines at every moment of connection, handshake and answer; late completions must find what they touch.
TEST(TransportCancel, AnyMomentIsSafe) {
  TestServer server(tls(), always(ok()));
  int answered = 0;
  int given_up = 0;
  for (int round = 0; round < 60; ++round) {
    const auto transport = transport_to(server.url());
    std::stop_source source;
    std::jthread stopper([&, round] {
      const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(100 * round);
      while (std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
      source.request_stop();
    });
    const auto outcome = transport->send(request_with_body(Method::Post, "{}"), source.get_token());
    EXPECT_TRUE(outcome || outcome.error().kind == FailureKind::Cancelled) << text_of(outcome);
    outcome ? ++answered : ++given_up;
  }
  EXPECT_EQ(answered + given_up, 60);
  EXPECT_GT(given_up, 0);
}

TEST(TransportCancel, AFlowingAnswerIsSafeToLeave) {
  TestServer server(tls(), [](Connection& connection, const SeenRequest&) {
    connection.write("HTTP/1.1 200 OK\r\n\r\n");
    connection.write_for_ever(std::string(16384, 'x'));
  });
  const auto transport = transport_to(server.url());

  for (int round = 0; round < 100; ++round) {
    EXPECT_EQ(text_of(send(*transport, at_most(static_cast<std::size_t>(round) * 20'000))).substr(0, 9), "too large");
  }

  EXPECT_EQ(server.connections(), 100);
}

TEST(TransportUnreachable, RefusedPort) {
  const auto port = std::to_string(closed_port());

  EXPECT_EQ(text_of(send(*transport_to("http://127.0.0.1:" + port), request_with_body(Method::Delete, ""))),
            "unreachable unsent: connection refused by 127.0.0.1:" + port + ", or no route to it");
  EXPECT_EQ(text_of(send(*transport_to("https://127.0.0.1:" + port), request_with_body(Method::Post, "{}"))),
            "unreachable unsent: connection refused by 127.0.0.1:" + port + ", or no route to it");
}

TEST(TransportUnreachable, ServerThatWentAwayGotNothing) {
  auto server = std::make_unique<TestServer>(tls(), always(ok()));
  const auto transport = transport_to(server->url());
  ASSERT_EQ(text_of(send(*transport, get())), "200 {}");
  const auto port = std::to_string(server->port());
  server.reset();

  EXPECT_EQ(text_of(send(*transport, request_with_body(Method::Post, "{}"))),
            "unreachable unsent: connection refused by 127.0.0.1:" + port + ", or no route to it");
}

struct AddressCase {
  const char* name;
  const char* base_url;
  const char* message;
};

class TransportAddress : public ::testing::TestWithParam<AddressCase> {};

TEST_P(TransportAddress, IsRefusedWithAReason) {
  EXPECT_EQ(text_of(send(*transport_to(GetParam().base_url), get())),
            std::string("unreachable unsent: ") + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, TransportAddress,
    ::testing::Values(
        AddressCase{"Ipv6Literal", "https://[::1]:443", "use a name in place of the IPv6 address [::1]"},
        AddressCase{"NoScheme", "appliance", "the server's address must be https://host or https://host:port"},
        AddressCase{"OtherScheme", "ftp://a", "the server's address must be https://host or https://host:port"},
        AddressCase{"Empty", "", "the server's address must be https://host or https://host:port"},
        AddressCase{"NotAUrl", "https://a b", "the server's or the proxy's address is not a URL"}),
    [](const auto& row) { return std::string(row.param.name); });

struct DefectCase {
  const char* name;
  const char* target;
  const char* header_name;
  const char* header_value;
  const char* content_type;
  const char* message;
};

class TransportDefect : public ::testing::TestWithParam<DefectCase> {};

TEST_P(TransportDefect, IsNotSent) {
  const auto& row = GetParam();
  TestServer server(tls(), always(ok()));
  auto request = request_with_body(Method::Post, "{}");
  request.target = row.target;
  request.headers = {{row.header_name, row.header_value}};
  request.content_type = row.content_type;

  EXPECT_EQ(text_of(send(*transport_to(server.url()), std::move(request))),
            std::string("unreachable unsent: ") + row.message);
  EXPECT_EQ(server.connections(), 0);
}

constexpr auto kBadTarget = "the request's target is not a percent-encoded path";
constexpr auto kBadHeader = "a header of the request holds a control character";

INSTANTIATE_TEST_SUITE_P(Rows, TransportDefect,
                         ::testing::Values(DefectCase{"LineInTarget", "/a\r\nX: y", "A", "b", "t", kBadTarget},
                                           DefectCase{"SpaceInTarget", "/a b", "A", "b", "t", kBadTarget},
                                           DefectCase{"FragmentInTarget", "/a#b", "A", "b", "t", kBadTarget},
                                           DefectCase{"UrlAsTarget", "https://a/", "A", "b", "t", kBadTarget},
                                           DefectCase{"EmptyTarget", "", "A", "b", "t", kBadTarget},
                                           DefectCase{"LineInHeader", "/", "A", "b\r\nX: y", "t", kBadHeader},
                                           DefectCase{"LineInHeaderName", "/", "A\n", "b", "t", kBadHeader},
                                           DefectCase{"ColonInHeaderName", "/", "A: b", "b", "t", kBadHeader},
                                           DefectCase{"EmptyHeaderName", "/", "", "b", "t", kBadHeader},
                                           DefectCase{"LineInContentType", "/", "A", "b", "t\r\nX: y", kBadHeader}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(TransportUnreachable, NoTimeLeftSendsNothing) {
  TestServer server(tls(), always(ok()));

  EXPECT_EQ(text_of(send(*transport_to(server.url()), within(milliseconds(0)))),
            "unreachable unsent: the request's time is over");
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace certsync::http::test
