// What counts as NITRO's answer, and what it says.
#include "nitro/answer.h"

#include <gtest/gtest.h>

namespace certsync::nitro {
namespace {

// "ok", "1540 text" or "odd: HTTP 302, …"; a warning in brackets behind it.
std::string text_of(const Answer& answer) {
  std::string text = "odd: " + answer.oddity;
  if (answer.is_nitro) text = answer.ok() ? "ok" : std::to_string(answer.code) + " " + answer.message;
  if (answer.warning) text += " [" + std::to_string(answer.warning->code) + " " + answer.warning->text + "]";
  return text;
}

struct AnswerCase {
  const char* name;
  int status;
  http::Headers headers;
  std::string body;
  const char* expected;
};

class ReadAnswer : public testing::TestWithParam<AnswerCase> {};

TEST_P(ReadAnswer, IsToldApart) {
  const auto& row = GetParam();

  EXPECT_EQ(text_of(read_answer({row.status, row.headers, row.body})), row.expected);
}

std::string nested(int depth) {
  std::string text = R"({"errorcode":0,"message":"Done","x":)";
  for (int i = 0; i < depth; ++i)
    text += '[';
  for (int i = 0; i < depth; ++i)
    text += ']';
  return text + "}";
}

INSTANTIATE_TEST_SUITE_P(
    Success, ReadAnswer,
    testing::Values(AnswerCase{"EmptyBody", 201, {}, "", "ok"}, AnswerCase{"OnlyBlanks", 200, {}, " \r\n\t", "ok"},
                    AnswerCase{"Done", 200, {}, R"({ "errorcode": 0, "message": "Done", "severity": "NONE" })", "ok"},
                    AnswerCase{"NoErrorcode", 200, {}, R"({"sslcertkey":[]})", "ok"},
                    AnswerCase{"ErrorcodeInAnElement", 200, {}, R"({"errorcode":0,"x":[{"errorcode":5}]})", "ok"},
                    AnswerCase{"ErrorcodeAfterTheList", 200, {}, R"({"x":[{"a":1}],"errorcode":0})", "ok"},
                    AnswerCase{"ReasonableDepth", 200, {}, nested(20), "ok"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Refusal, ReadAnswer,
    testing::Values(
        AnswerCase{
            "Spaced", 409, {}, R"({ "errorcode": 273, "message": "Exists", "severity": "ERROR" })", "273 Exists"},
        AnswerCase{
            "OverSeveralLines", 599, {}, "{\n \"errorcode\" :\n 1540,\n \"message\" : \"gone\" }\n", "1540 gone"},
        AnswerCase{"EscapedSlashes",
                   599,
                   {},
                   R"({"errorcode":1537,"message":"no \/nsconfig\/ssl\/a"})",
                   "1537 no /nsconfig/ssl/a"},
        AnswerCase{"EscapedQuotes", 400, {}, R"({"errorcode":1,"message":"\"a\" \u00e4"})", "1 \"a\" \xc3\xa4"},
        AnswerCase{"CodeWithStatus200", 200, {}, R"({"errorcode":354,"message":"Invalid"})", "354 Invalid"},
        AnswerCase{"CodeAfterTheMessage", 599, {}, R"({"message":"m","errorcode":7})", "7 m"},
        AnswerCase{"NegativeCode", 500, {}, R"({"errorcode":-1,"message":"Internal"})", "-1 Internal"},
        AnswerCase{"ZeroWithAnErrorStatus", 500, {}, R"({"errorcode":0,"message":"Done"})", "0 Done"},
        AnswerCase{"MessageOfAnElement", 599, {}, R"({"errorcode":9,"x":[{"message":"inner"}]})", "9 "}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Warning, ReadAnswer,
    testing::Values(
        AnswerCase{"Header",
                   209,
                   {{"X-NITRO-WARNING", "1546 - Certificate replaces the previous binding"}},
                   "",
                   "ok [1546 Certificate replaces the previous binding]"},
        AnswerCase{"HeaderInLowerCase", 209, {{"x-nitro-warning", "1587 - broken"}}, "", "ok [1587 broken]"},
        AnswerCase{"HeaderAndBody",
                   209,
                   {{"X-NITRO-WARNING", "1546 - a"}},
                   R"({"errorcode":1546,"message":"b","severity":"WARNING"})",
                   "ok [1546 a]"},
        AnswerCase{"BodyOnly", 209, {}, R"({"errorcode":1546,"message":"b","severity":"WARNING"})", "ok [1546 b]"},
        AnswerCase{"WithoutNumber", 209, {{"X-NITRO-WARNING", "beware"}}, "", "ok [0 beware]"},
        AnswerCase{"OnlyNumber", 209, {{"X-NITRO-WARNING", "1546"}}, "", "ok [1546 ]"},
        AnswerCase{"HeaderWithStatus200", 200, {{"X-NITRO-WARNING", "1 - w"}}, R"({"errorcode":0})", "ok [1 w]"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Odd, ReadAnswer,
    testing::Values(
        AnswerCase{"Html", 200, {{"Content-Type", "text/html"}}, "<html>", "odd: HTTP 200, text/html, 6 bytes"},
        AnswerCase{"EmptyBody", 503, {}, "", "odd: HTTP 503, 0 bytes"},
        AnswerCase{"HalfJson", 200, {}, R"({"errorcode":0,"sslcertkey":[{"certk)", "odd: HTTP 200, 36 bytes"},
        AnswerCase{"HalfBodyBehindACode", 599, {}, R"({"errorcode":1540,)", "odd: HTTP 599, 18 bytes"},
        AnswerCase{"TwoDocuments", 200, {}, "{}{}", "odd: HTTP 200, 4 bytes"},
        AnswerCase{"Redirect",
                   302,
                   {{"Location", "https://login.example/?token=x"}},
                   "",
                   "odd: HTTP 302, a redirect, which is not followed"},
        AnswerCase{"RedirectWithAPage",
                   301,
                   {{"Location", "/"}},
                   "<html>",
                   "odd: HTTP 301, a redirect, which is not followed"},
        AnswerCase{"ErrorStatusWithForeignJson",
                   502,
                   {{"Content-Type", "application/json"}},
                   R"({"error":"x"})",
                   "odd: HTTP 502, application/json, 13 bytes"},
        AnswerCase{"DeepNesting", 200, {}, nested(100), "odd: HTTP 200, 237 bytes"},
        AnswerCase{"VeryDeepNesting", 200, {}, nested(100'000), "odd: HTTP 200, 200037 bytes"},
        AnswerCase{"LongContentType",
                   200,
                   {{"Content-Type", std::string(200, 'x')}},
                   "?",
                   "odd: HTTP 200, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, 1 bytes"}),
    [](const auto& row) { return row.param.name; });

TEST(Answer, CodeBeyondIntIsNoSuccess) {
  // 2^32 would be 0 if it were cut off.
  EXPECT_FALSE(read_answer({200, {}, R"({"errorcode":4294967296,"message":"odd"})"}).ok());
  EXPECT_FALSE(read_answer({200, {}, R"({"errorcode":-4294967296,"message":"odd"})"}).ok());
  EXPECT_FALSE(read_answer({200, {}, R"({"errorcode":99999999999999999999,"message":"odd"})"}).ok());
}

TEST(Answer, MessageInAnotherCharacterSetIsStillNitro) {
  const auto answer = read_answer({599, {}, "{\"errorcode\":1541,\"message\":\"M\xfcller\"}"});

  EXPECT_TRUE(answer.is_nitro);
  EXPECT_EQ(answer.code, 1541);
}

TEST(Answer, CodeMayBeAString) {
  EXPECT_EQ(read_answer({599, {}, R"({"errorcode":"1541","message":"x"})"}).code, 1541);
  EXPECT_FALSE(read_answer({200, {}, R"({"errorcode":"1541","message":"x"})"}).ok());
}

TEST(Answer, MetricCodeIsTheErrorcodeOrTheStatus) {
  EXPECT_EQ(read_answer({201, {}, ""}).metric_code(), "0");
  EXPECT_EQ(read_answer({599, {}, R"({"errorcode":1540})"}).metric_code(), "1540");
  EXPECT_EQ(read_answer({503, {}, "<html>"}).metric_code(), "http_503");
}

TEST(Answer, BodyIsKept) {
  EXPECT_EQ(read_answer({200, {}, R"({"sslcertkey":[]})"}).body, R"({"sslcertkey":[]})");
}

TEST(Answer, DeadSessionsAreKnownByTheirCode) {
  for (const int code : {352, 444, 471, 1026, 1027}) {
    const std::string body = R"({"errorcode":)" + std::to_string(code) + "}";
    EXPECT_TRUE(session_is_dead(read_answer({401, {}, body}))) << code;
    EXPECT_TRUE(session_is_dead(read_answer({599, {}, body}))) << code;
  }
  for (const char* body :
       {R"({"errorcode":0})", R"({"errorcode":354})", R"({"errorcode":445})", R"({"errorcode":1540})", ""}) {
    EXPECT_FALSE(session_is_dead(read_answer({401, {}, body}))) << body;
  }
}

}  // namespace
}  // namespace certsync::nitro
