#include "kube/api.h"

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "kube/micro_time.h"

namespace certsync::kube {
namespace {

using namespace std::chrono_literals;

/// "410 Expired: too old; wait 5s; version too large"
std::string picture(const ApiError& error) {
  std::string text = to_text(error);
  if (error.retry_after) text += "; wait " + to_duration_text(*error.retry_after);
  if (error.version_too_large) text += "; version too large";
  return text;
}

TEST(Status, IsReadWhole) {
  EXPECT_EQ(picture(decode_status(403, R"({"kind":"Status","reason":"Forbidden","message":"secrets is forbidden"})")),
            "403 Forbidden: secrets is forbidden");
  EXPECT_EQ(picture(decode_status(504, R"({"kind":"Status","reason":"Timeout","details":{"retryAfterSeconds":1,
                "causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}]}})")),
            "504 Timeout; wait 1s; version too large");
}

TEST(Status, InAStreamBringsItsOwnCode) {
  const auto error = decode_status(200, R"({"kind":"Status","code":410,"reason":"Expired","message":"too old"})");

  EXPECT_EQ(picture(error), "410 Expired: too old");
  EXPECT_TRUE(error.expired());
}

TEST(Status, InAnAnswerHasTheCodeOfTheAnswer) {
  EXPECT_EQ(decode_status(404, R"({"kind":"Status","code":200})").code, 404);
}

TEST(Status, AnythingElseIsTheCodeAlone) {
  for (const char* body : {"", "<html>busy</html>", "[]", "7", "null", R"({"kind":"List","message":"m"})",
                           R"({"kind":7})", R"({"kind":"Status","reason":[],"message":{},"details":[],"code":"x"})",
                           R"({"kind":"Status","details":{"retryAfterSeconds":-5,"causes":[1,null,[]]}})",
                           R"({"kind":"Status","details":{"retryAfterSeconds":"5","causes":{}}})"}) {
    EXPECT_EQ(picture(decode_status(503, body)), "503") << body;
  }
}

TEST(Status, AMessageIsCutAndAWaitIsAMinuteAtMost) {
  const std::string longest(5000, 'x');

  EXPECT_EQ(decode_status(500, R"({"kind":"Status","message":")" + longest + "\"}").message.size(), 1024u);
  EXPECT_EQ(picture(decode_status(429, R"({"kind":"Status","details":{"retryAfterSeconds":18446744073709551615}})")),
            "429; wait 1m");
}

TEST(Status, DeepJsonIsNoTrouble) {
  const std::string deep(1'000'000, '[');

  EXPECT_EQ(decode_status(500, R"({"kind":"Status","details":)" + deep + std::string(deep.size(), ']') + "}").code,
            500);
}

struct Wait {
  const char* text;
  const char* wait;
};

class RetryAfter : public testing::TestWithParam<Wait> {};

TEST_P(RetryAfter, IsSecondsOrADate) {
  const auto now = *from_rfc3339("2026-01-01T00:00:00Z");
  const auto wait = parse_retry_after(GetParam().text, now);

  EXPECT_EQ(wait ? to_duration_text(*wait) : "none", GetParam().wait);
}

INSTANTIATE_TEST_SUITE_P(Texts, RetryAfter,
                         testing::Values(Wait{"0", "0s"}, Wait{"7", "7s"}, Wait{" 7 ", "7s"}, Wait{"3600", "1m"},
                                         Wait{"Thu, 01 Jan 2026 00:00:20 GMT", "20s"},
                                         Wait{"Wed, 31 Dec 2025 00:00:00 GMT", "0s"},
                                         Wait{"Fri, 31 Dec 9999 23:59:59 GMT", "1m"}, Wait{"", "none"},
                                         Wait{"-1", "none"}, Wait{"1.5", "none"}, Wait{"soon", "none"},
                                         Wait{"99999999999999999999", "none"}));

TEST(PercentEncoding, LeavesOnlyWhatMayStand) {
  EXPECT_EQ(percent_encode("a-Z_0.~"), "a-Z_0.~");
  EXPECT_EQ(percent_encode("type!=a,b/c ?&=%"), "type%21%3Da%2Cb%2Fc%20%3F%26%3D%25");
  EXPECT_EQ(percent_encode("\xc3\xbc\n"), "%C3%BC%0A");
}

TEST(ApiErrorText, IsTheMessageWhereNoAnswerCame) {
  EXPECT_EQ(to_text(from_failure({http::FailureKind::Unreachable, "connection refused", false})), "connection refused");
}

TEST(ApiErrorText, KnowsWhatBecameOfARequest) {
  const auto of = [](http::FailureKind kind, bool sent) {
    const ApiError error = from_failure({kind, "", sent});
    return std::string(error.timed_out ? "timed out " : "") + (error.cancelled ? "cancelled " : "") +
           (error.lost ? "lost " : "") + (error.maybe_done ? "maybe done" : "not done");
  };
  EXPECT_EQ(of(http::FailureKind::Timeout, true), "timed out maybe done");
  EXPECT_EQ(of(http::FailureKind::Cancelled, false), "cancelled not done");
  EXPECT_EQ(of(http::FailureKind::Lost, true), "lost maybe done");
  EXPECT_EQ(of(http::FailureKind::TooLarge, true), "maybe done");
}

TEST(MicroTime, HasSixDigits) {
  const auto second = *from_rfc3339("2026-11-24T03:00:00Z");

  EXPECT_EQ(to_micro_time(second), "2026-11-24T03:00:00.000000Z");
  EXPECT_EQ(to_micro_time(second + 123us), "2026-11-24T03:00:00.000123Z");
  EXPECT_EQ(to_micro_time(second + 999'999us + 999ns), "2026-11-24T03:00:00.999999Z");
  EXPECT_EQ(to_micro_time(TimePoint(-1us)), "1969-12-31T23:59:59.999999Z");
}

}  // namespace
}  // namespace certsync::kube
