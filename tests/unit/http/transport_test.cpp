// What goes out, what comes back, and how connections are used. Failures are in transport_failure_test.cpp.
#include <algorithm>
#include <set>
#include <thread>

#include "unit/http/http_test_setup.h"
#include "unit/http/test_server.h"

namespace certsync::http::test {
namespace {

struct MethodCase {
  Method method;
  const char* body;
  const char* start_line;
  const char* length_header;
};

class TransportMethod : public ::testing::TestWithParam<MethodCase> {};

TEST_P(TransportMethod, ArrivesAsItIs) {
  const auto& row = GetParam();
  TestServer server(tls(), always(ok()));
  const auto transport = transport_to(server.url());

  EXPECT_EQ(text_of(send(*transport, request_with_body(row.method, row.body))), "200 {}");

  const auto seen = server.requests();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].start_line, row.start_line);
  EXPECT_EQ(seen[0].body, row.body);
  EXPECT_NE(seen[0].headers.find(row.length_header), std::string::npos) << seen[0].headers;
  EXPECT_NE(seen[0].headers.find("Content-Type:application/json\r\n"), std::string::npos) << seen[0].headers;
  EXPECT_EQ(seen[0].headers.find("Transfer-Encoding"), std::string::npos) << seen[0].headers;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, TransportMethod,
    ::testing::Values(MethodCase{Method::Post, "{\"a\":1}", "POST /things HTTP/1.1", "Content-Length:7\r\n"},
                      MethodCase{Method::Put, "{}", "PUT /things HTTP/1.1", "Content-Length:2\r\n"},
                      MethodCase{Method::Patch, "[]", "PATCH /things HTTP/1.1", "Content-Length:2\r\n"},
                      MethodCase{Method::Delete, "", "DELETE /things HTTP/1.1", "Content-Length:0\r\n"}),
    [](const auto& row) { return std::string(to_text(row.param.method)); });

TEST(Transport, TargetAndHeadersArriveUnchanged) {
  TestServer server(tls(), always(ok()));
  const auto transport = transport_to(server.url());
  const std::string target = "/nitro/v1/config/sslcertkey/a%2520b%2Fc?count=yes&filter=name:x,y%20z&attrs=/a//b";
  auto request = get(target);
  request.headers = {{"Cookie", "NITRO_AUTH_TOKEN=##abc%23"}, {"X-Empty", ""}};

  EXPECT_EQ(text_of(send(*transport, std::move(request))), "200 {}");

  const auto seen = server.requests().at(0);
  EXPECT_EQ(seen.start_line, "GET " + target + " HTTP/1.1");
  EXPECT_NE(seen.headers.find("Cookie:NITRO_AUTH_TOKEN=##abc%23\r\n"), std::string::npos) << seen.headers;
  EXPECT_NE(seen.headers.find("X-Empty:\r\n"), std::string::npos) << seen.headers;
}

TEST(Transport, LargeBodiesPassBothWays) {
  const std::string body(3'000'000, 'k');
  TestServer server(tls(), [](Connection& connection, const SeenRequest& seen) { connection.write(ok(seen.body)); });
  const auto transport = transport_to(server.url());

  const auto outcome = send(*transport, request_with_body(Method::Post, body));

  ASSERT_TRUE(outcome) << text_of(outcome);
  EXPECT_TRUE(outcome->body == body);
}

TEST(Transport, AnswersComeWithStatusHeadersAndBody) {
  TestServer server(tls(), always("HTTP/1.1 409 Conflict\r\nContent-Length: 3\r\nX-A: b\r\n\r\nno!"));
  const auto transport = transport_to(server.url());

  const auto outcome = send(*transport, get());

  EXPECT_EQ(text_of(outcome), "409 no!");
  EXPECT_EQ(outcome->header("x-a"), "b");
}

struct FormCase {
  const char* name;
  const char* answer;
  const char* outcome;
};

class TransportForm : public ::testing::TestWithParam<FormCase> {};

TEST_P(TransportForm, IsUnderstood) {
  TestServer server(tls(), [](Connection& connection, const SeenRequest&) {
    connection.write(GetParam().answer);
    connection.shutdown();
  });
  const auto transport = transport_to(server.url());

  EXPECT_EQ(text_of(send(*transport, get())), GetParam().outcome);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, TransportForm,
    ::testing::Values(FormCase{"Chunked",
                               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                               "200 abcde"},
                      FormCase{"UntilTheEnd", "HTTP/1.1 200 OK\r\n\r\nabcde", "200 abcde"},
                      FormCase{"WithoutBody", "HTTP/1.1 204 No Content\r\n\r\n", "204 "},
                      FormCase{"EmptyBody", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", "201 "}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Transport, RedirectIsAnAnswerAndNothingGoesElsewhere) {
  TestServer elsewhere(tls(), always(ok()));
  TestServer server(tls(),
                    always("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + elsewhere.url() + "/\r\n\r\n"));
  const auto transport = transport_to(server.url());
  auto request = get();
  request.headers = {{"Authorization", "Bearer token"}};

  const auto outcome = send(*transport, std::move(request));

  EXPECT_EQ(text_of(outcome), "302 ");
  EXPECT_EQ(outcome->header("Location"), elsewhere.url() + "/");
  EXPECT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST(Transport, ManyRequestsUseOneConnection) {
  TestServer server(tls(), always(ok()));
  const auto transport = transport_to(server.url());

  for (int i = 0; i < 20; ++i) {
    const auto method = i % 2 == 0 ? Method::Get : Method::Post;
    ASSERT_EQ(text_of(send(*transport, request_with_body(method, method == Method::Get ? "" : "{}"))), "200 {}");
  }

  EXPECT_EQ(server.requests().size(), 20u);
  EXPECT_EQ(server.connections(), 1);
}

TEST(Transport, EightThreadsGetTheirOwnAnswers) {
  TestServer server(tls(),
                    [](Connection& connection, const SeenRequest& seen) { connection.write(ok(seen.start_line)); });
  const auto transport = transport_to(server.url());

  Locked<std::set<std::string>> answers;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 25; ++i) {
        const auto target = "/" + std::to_string(thread) + "/" + std::to_string(i);
        const auto text = text_of(send(*transport, get(target)));
        if (text == "200 GET " + target + " HTTP/1.1") answers.with([&](auto& seen) { seen.insert(text); });
      }
    });
  }
  for (auto& thread : threads)
    thread.join();

  EXPECT_EQ(answers.with([](const auto& seen) { return seen.size(); }), 200u);
  EXPECT_LE(server.connections(), 16);
}

struct ResendCase {
  Method method;
  bool tls;
};

class TransportKept : public ::testing::TestWithParam<ResendCase> {
 protected:
  static ServerOptions options() { return GetParam().tls ? tls() : ServerOptions{}; }
  static Request request() {
    const auto method = GetParam().method;
    return request_with_body(method, method == Method::Get || method == Method::Delete ? "" : "{}");
  }
  static std::size_t seen_by(const TestServer& server) {
    const auto seen = server.requests();
    const auto start = std::string(to_text(GetParam().method)) + " /things ";
    return static_cast<std::size_t>(std::count_if(seen.begin(), seen.end(), [&](const auto& one) {
      return one.start_line.compare(0, start.size(), start) == 0;
    }));
  }
};

/// The server takes the second request of a connection and hangs up instead of answering: was it carried out?
TEST_P(TransportKept, IsNotSentAgainUnlessItIsAGet) {
  TestServer server(options(), [](Connection& connection, const SeenRequest& seen) {
    const bool second = seen.connection == 1 && seen.start_line.find("/things") != std::string::npos;
    second ? connection.shutdown() : static_cast<void>(connection.write(ok()));
  });
  const auto transport = transport_to(server.url());
  ASSERT_EQ(text_of(send(*transport, get("/first"))), "200 {}");

  const auto outcome = text_of(send(*transport, request()));

  if (GetParam().method == Method::Get) {
    EXPECT_EQ(outcome, "200 {}");
    EXPECT_EQ(seen_by(server), 2u);
  } else {
    EXPECT_EQ(outcome, "lost maybe sent: the connection to 127.0.0.1:" + std::to_string(server.port()) +
                           " broke before the answer was complete");
    EXPECT_EQ(seen_by(server), 1u);
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(text_of(send(*transport, request())), "200 {}") << "the transport must recover";
  }
}

/// The server hangs up while the connection is idle, as they do after some seconds: nothing is lost.
TEST_P(TransportKept, IsSentOnceOnAFreshConnectionWhenTheOldOneWasClosed) {
  TestServer server(options(), [](Connection& connection, const SeenRequest& seen) {
    connection.write(ok());
    if (seen.connection == 1) connection.shutdown();
  });
  const auto transport = transport_to(server.url());
  ASSERT_EQ(text_of(send(*transport, get("/first"))), "200 {}");
  server.wait_hung_up(1);

  EXPECT_EQ(text_of(send(*transport, request())), "200 {}");

  EXPECT_EQ(seen_by(server), 1u);
  EXPECT_EQ(server.connections(), 2);
}

INSTANTIATE_TEST_SUITE_P(Rows, TransportKept,
                         ::testing::Values(ResendCase{Method::Get, true}, ResendCase{Method::Post, true},
                                           ResendCase{Method::Put, true}, ResendCase{Method::Patch, true},
                                           ResendCase{Method::Delete, true}, ResendCase{Method::Get, false},
                                           ResendCase{Method::Post, false}, ResendCase{Method::Delete, false}),
                         [](const auto& row) {
                           return std::string(to_text(row.param.method)) + (row.param.tls ? "Tls" : "Plain");
                         });

TEST(Transport, PlainRequestsGoThroughTheProxy) {
  TestServer proxy({}, always(ok("by proxy")));
  TransportOptions options;
  options.base_url = "http://appliance.invalid:81";
  options.proxy_url = proxy.url();

  EXPECT_EQ(text_of(send(*make_cpprest_transport(options), get("/a?b"))), "200 by proxy");

  EXPECT_EQ(proxy.requests().at(0).start_line, "GET http://appliance.invalid:81/a?b HTTP/1.1");
}

TEST(Transport, TlsGoesThroughTheProxysTunnelAndIsVerifiedThere) {
  const auto identity = issue(system_authority(), "a", "DNS:appliance.invalid");
  TestServer behind({identity}, always(ok("tunnelled")));
  TestServer proxy({}, [&behind](Connection& connection, const SeenRequest&) { connection.tunnel_to(behind.port()); });
  TransportOptions options;
  options.base_url = "https://appliance.invalid:444";
  options.proxy_url = proxy.url();
  const auto transport = make_cpprest_transport(options);
  options.trust.server_name = "other.invalid";
  const auto doubting = make_cpprest_transport(options);

  EXPECT_EQ(text_of(send(*transport, get())), "200 tunnelled");
  EXPECT_EQ(text_of(send(*transport, request_with_body(Method::Post, "{}"))), "200 tunnelled");
  EXPECT_EQ(text_of(send(*doubting, get())).substr(0, 16), "untrusted unsent");

  EXPECT_EQ(proxy.requests().at(0).start_line, "CONNECT appliance.invalid:444 HTTP/1.1");
  EXPECT_EQ(behind.names_asked(), (std::vector<std::string>{"appliance.invalid", "other.invalid"}));
  EXPECT_EQ(behind.requests().size(), 2u);
}

}  // namespace
}  // namespace certsync::http::test
