#include "kube/api_client.h"

#include <deque>

#include "unit/kube/test_sleeper.h"
#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "support/quiet_recorder.h"

namespace certsync::kube {
namespace {

using namespace test;
using namespace std::chrono_literals;

using Outcome = tl::expected<http::Response, http::Failure>;

Outcome answer(int status, std::string body = "", http::Headers headers = {}) {
  return http::Response{status, std::move(headers), std::move(body)};
}

Outcome busy(int status, const std::string& seconds) {
  return answer(status, "", {{"Retry-After", seconds}});
}

Outcome broken(http::FailureKind kind, bool maybe_sent = true) {
  return tl::unexpected(http::Failure{kind, "the connection broke", maybe_sent});
}

/// Shows the tokens it is given, one after the other; each time one is rejected, the next.
class Tokens final : public Credentials {
 public:
  Result<Access> access(std::stop_token) override {
    if (broken) return fail(ErrorKind::Stalled, Reason::CredentialsRejected, "the token file cannot be read");
    Access access;
    access.transport.base_url = "https://192.0.2.1:6443";
    access.generation = generations.empty() ? 1 : generations.front();
    if (generations.size() > 1) generations.pop_front();
    access.token = SecretBytes(std::string(tokens.front()));
    access.headers = {{"Impersonate-User", "jane"}};
    return access;
  }
  void rejected(SteadyPoint) override {
    ++rejections;
    if (tokens.size() > 1) tokens.pop_front();
  }

  bool broken = false;
  std::deque<std::string> tokens = {"first", "second"};
  std::deque<std::uint64_t> generations;
  int rejections = 0;
};

/// "GET https://192.0.2.1:6443 200 +12 -3; retry GET 192.0.2.1:6443 429; "
class Counts final : public support::QuietRecorder {
 public:
  void api_request(const std::string& method, const std::string& host, const std::string& code, Seconds,
                   std::size_t sent, std::size_t received) override {
    text += method + " " + host + " " + code + " +" + std::to_string(sent) + " -" + std::to_string(received) + "; ";
  }
  void api_retry(const std::string& method, const std::string& host, const std::string& code) override {
    text += "retry " + method + " " + host + " " + code + "; ";
  }
  std::string text;
};

class Client : public testing::Test {
 protected:
  /// Answers from the script; at its end 200.
  class Line final : public http::Transport {
   public:
    explicit Line(Client& test) : test_(test) {}
    Outcome send(http::Request request, std::stop_token) override {
      std::string token;
      for (const auto& [name, value] : request.headers) {
        if (name == "Authorization") token = value;
        if (name != "Authorization") test_.headers_ += name + "=" + value + " ";
      }
      test_.sent_ += std::string(to_text(request.method)) + " " + request.target + " " + token + "; ";
      if (test_.script_.empty()) return answer(200, "yes");
      auto outcome = std::move(test_.script_.front());
      test_.script_.pop_front();
      return outcome;
    }
    Outcome stream(http::Request request, std::chrono::milliseconds, http::BodyReader& reader,
                   std::stop_token stop) override {
      auto outcome = send(std::move(request), std::move(stop));
      if (outcome && outcome->status == 200) reader.read(std::exchange(outcome->body, ""));
      return outcome;
    }

   private:
    Client& test_;
  };

  ApiClient& client() {
    if (!client_) {
      client_ = std::make_unique<ApiClient>(
          tokens_,
          [this](http::TransportOptions) {
            ++transports_;
            return std::make_unique<Line>(*this);
          },
          "certsync/test", clock_, sleeper_, recorder_);
    }
    return *client_;
  }
  /// The body, or the error as text.
  std::string call(http::Method method = http::Method::Get, int tries = 10) {
    Call call;
    call.method = method;
    call.target = "/x";
    if (method != http::Method::Get) call.body = "{}";
    call.tries = tries;
    auto result = client().call(std::move(call), stop_.get_token());
    return result ? *result : to_text(result.error());
  }
  void then(Outcome outcome) { script_.push_back(std::move(outcome)); }

  Tokens tokens_;
  support::ManualClock clock_;
  TestSleeper sleeper_{clock_};
  Counts recorder_;
  std::stop_source stop_;
  std::deque<Outcome> script_;
  std::string sent_;
  std::string headers_;
  int transports_ = 0;
  std::unique_ptr<ApiClient> client_;
};

TEST_F(Client, SaysWhoItIs) {
  EXPECT_EQ(call(), "yes");

  EXPECT_EQ(sent_, "GET /x Bearer first; ");
  EXPECT_EQ(headers_, "Impersonate-User=jane User-Agent=certsync/test Accept=application/json ");
  EXPECT_EQ(recorder_.text, "GET 192.0.2.1:6443 200 +0 -3; ");
}

TEST_F(Client, ARejectedTokenIsTriedOnceMoreWithAnotherOne) {
  then(answer(401));

  EXPECT_EQ(call(), "yes");

  EXPECT_EQ(sent_, "GET /x Bearer first; GET /x Bearer second; ");
  EXPECT_EQ(tokens_.rejections, 1);
  EXPECT_EQ(recorder_.text,
            "GET 192.0.2.1:6443 401 +0 -0; retry GET 192.0.2.1:6443 401; GET 192.0.2.1:6443 200 +0 -3; ");
}

TEST_F(Client, OnceMoreIsEnough) {
  then(answer(401));
  then(answer(401, R"({"kind":"Status","reason":"Unauthorized","message":"no"})"));

  EXPECT_EQ(call(), "401 Unauthorized: no");

  EXPECT_EQ(tokens_.rejections, 2);
  EXPECT_EQ(script_.size(), 0u);
}

TEST_F(Client, AWriteIsSafeToRepeatAfterA401) {
  then(answer(401));

  EXPECT_EQ(call(http::Method::Post), "yes");
  EXPECT_EQ(sent_, "POST /x Bearer first; POST /x Bearer second; ");
}

TEST_F(Client, WaitsAsLongAsTheServerAsks) {
  then(busy(429, "7"));
  then(busy(503, "2"));

  EXPECT_EQ(call(http::Method::Patch), "yes");

  EXPECT_EQ(sleeper_.slept(), "7s 2s");
  EXPECT_EQ(recorder_.text,
            "PATCH 192.0.2.1:6443 429 +2 -0; retry PATCH 192.0.2.1:6443 429; "
            "PATCH 192.0.2.1:6443 503 +2 -0; retry PATCH 192.0.2.1:6443 503; "
            "PATCH 192.0.2.1:6443 200 +2 -3; ");
}

TEST_F(Client, TriesNoMoreThanItWasToldTo) {
  for (int i = 0; i < 5; ++i)
    then(busy(429, "1"));

  EXPECT_EQ(call(http::Method::Get, 3), "429");

  EXPECT_EQ(sleeper_.slept(), "1s 1s");
  EXPECT_EQ(script_.size(), 2u);
}

TEST_F(Client, TheWishMayStandInTheStatus) {
  then(answer(500, R"({"kind":"Status","reason":"ServerTimeout","details":{"retryAfterSeconds":3}})"));

  EXPECT_EQ(call(), "yes");
  EXPECT_EQ(sleeper_.slept(), "3s");
}

TEST_F(Client, WithoutAWishThereIsNoOtherTry) {
  for (const int status : {429, 500, 503, 504}) {
    then(answer(status));
    EXPECT_EQ(call(), std::to_string(status));
  }
  then(busy(404, "1"));
  EXPECT_EQ(call(), "404");
  EXPECT_EQ(sleeper_.slept(), "");
}

TEST_F(Client, AReadIsTriedAgainAfterALostConnection) {
  then(broken(http::FailureKind::Lost));

  EXPECT_EQ(call(), "yes");

  EXPECT_EQ(sleeper_.slept(), "1s");
  EXPECT_EQ(recorder_.text,
            "GET 192.0.2.1:6443 <error> +0 -0; retry GET 192.0.2.1:6443 0; GET 192.0.2.1:6443 200 +0 -3; ");
}

TEST_F(Client, AWriteIsNotTriedAgainAfterALostConnection) {
  for (const auto method : {http::Method::Post, http::Method::Put, http::Method::Patch, http::Method::Delete}) {
    then(broken(http::FailureKind::Lost));
    EXPECT_EQ(call(method), "the connection broke");
  }
  EXPECT_EQ(sleeper_.slept(), "");
}

TEST_F(Client, OtherFailuresAreNotTriedAgain) {
  for (const auto kind : {http::FailureKind::Unreachable, http::FailureKind::Untrusted, http::FailureKind::Timeout,
                          http::FailureKind::TooLarge, http::FailureKind::Cancelled}) {
    then(broken(kind));
    EXPECT_EQ(call(), "the connection broke") << to_text(kind);
  }
  EXPECT_EQ(sleeper_.slept(), "");
}

TEST_F(Client, AStopEndsTheWaiting) {
  then(busy(429, "60"));
  stop_.request_stop();

  EXPECT_EQ(call(), "429");
}

TEST_F(Client, NewTrustIsANewTransport) {
  tokens_.generations = {1, 1, 2};

  call();
  call();
  EXPECT_EQ(transports_, 1);
  call();
  EXPECT_EQ(transports_, 2);
}

TEST_F(Client, TrustDoesNotGoBack) {
  // Two threads that asked for credentials at the same time may come out in the wrong order.
  tokens_.generations = {2, 1, 2};

  call();
  call();
  call();
  EXPECT_EQ(transports_, 1);
}

TEST_F(Client, WithoutCredentialsNothingIsSent) {
  tokens_.broken = true;

  EXPECT_EQ(call(), "the token file cannot be read");
  EXPECT_EQ(sent_, "");
}

TEST_F(Client, NoErrorShowsAToken) {
  tokens_.tokens = {"topsecret"};
  std::string errors;
  for (auto& outcome : {answer(401), answer(401), answer(403), answer(500), broken(http::FailureKind::Lost)})
    then(outcome);
  for (int i = 0; i < 4; ++i)
    errors += call(http::Method::Post) + "\n";

  EXPECT_EQ(errors.find("topsecret"), std::string::npos) << errors;
  EXPECT_EQ(recorder_.text.find("topsecret"), std::string::npos);
}

class Collect final : public http::BodyReader {
 public:
  bool read(std::string_view bytes) override {
    text += bytes;
    return true;
  }
  std::string text;
};

TEST_F(Client, AWatchIsReadAsItComes) {
  then(answer(401));
  then(answer(200, "event\n"));
  Collect reader;

  const auto ended = client().watch({http::Method::Get, "/x?watch=1"}, 90s, reader, {});

  EXPECT_TRUE(ended);
  EXPECT_EQ(reader.text, "event\n");
  EXPECT_EQ(sent_, "GET /x?watch=1 Bearer first; GET /x?watch=1 Bearer second; ");
}

TEST_F(Client, AWatchIsTriedOnce) {
  then(busy(429, "7"));
  Collect reader;

  const auto ended = client().watch({http::Method::Get, "/x?watch=1"}, 90s, reader, {});

  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().retry_after, 7s);
  EXPECT_EQ(sleeper_.slept(), "");
}

}  // namespace
}  // namespace certsync::kube
