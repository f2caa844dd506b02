#include <gtest/gtest.h>

#include "base/encoding.h"
#include "sim/json.h"
#include "sim/test_box.h"

namespace sim::test {
namespace {

constexpr const char* kLogin = R"({"login":{"username":"nsroot","password":"nsroot-password","timeout":3600}})";

std::string session_of(const Response& login) {
  return parse_json(login.body)->find("sessionid")->text();
}

std::string status_and_brief(const Response& response) {
  return brief(std::to_string(response.status) + " " + response.body);
}

TEST(Session, LoginAnswersWithCookieAndSessionId) {
  Box box;

  const Response login = box.send("POST", "config/login", kLogin, {});

  const std::string id = session_of(login);
  EXPECT_EQ(login.status, 201);
  EXPECT_EQ(login.body, R"({ "errorcode": 0, "message": "Done", "sessionid": ")" + id + R"(", "severity": "NONE" })");
  EXPECT_EQ(*login.header("Set-Cookie"), "NITRO_AUTH_TOKEN=%23%23" + id.substr(2) + ";path=/nitro/v1");
}

TEST(Session, CookieIsTakenInThreeForms) {
  Box box;
  const std::string id = session_of(box.send("POST", "config/login", kLogin, {}));

  const std::vector<Header> forms = {{"Cookie", "SESSID=deleted; NITRO_AUTH_TOKEN=%23%23" + id.substr(2)},
                                     {"Cookie", "NITRO_AUTH_TOKEN=" + id},
                                     {"Set-Cookie", "NITRO_AUTH_TOKEN=" + id},
                                     {"Cookie", "sessionid=" + id}};
  for (const auto& form : forms) {
    EXPECT_EQ(box.send("GET", "config/nsversion", "", {form}).status, 200) << form.name << " " << form.value;
  }
}

TEST(Session, CredentialsMayComeWithEachRequest) {
  Box box;
  const std::string basic = "Basic " + certsync::to_base64("nsroot:nsroot-password");

  EXPECT_EQ(box.send("GET", "config/nsversion", "", {{"Authorization", basic}}).status, 200);
  EXPECT_EQ(brief(box.ask("GET", "nsversion")), "200");

  box.appliance.set_header_auth(false);
  EXPECT_EQ(brief(box.ask("GET", "nsversion")),
            "401 1244 Authentication Failed: Use of Basic Authentication is Disabled.");
}

TEST(Session, WrongOrNoCredentialsAreUnauthorized) {
  Box box;
  const auto get = [&](std::vector<Header> headers) {
    return status_and_brief(box.send("GET", "config/nsversion", "", std::move(headers)));
  };

  EXPECT_EQ(get({}), "401 1027 Not logged in or connection timed out");
  EXPECT_EQ(get({{"Cookie", "NITRO_AUTH_TOKEN=%23%23beef"}}), "401 1027 Not logged in or connection timed out");
  EXPECT_EQ(get({{"X-NITRO-USER", "nsroot"}, {"X-NITRO-PASS", "wrong"}}), "401 354 Invalid username or password");
  EXPECT_EQ(
      status_and_brief(box.send("POST", "config/login", R"({"login":{"username":"nsroot","password":"wrong"}})", {})),
      "401 354 Invalid username or password");
  EXPECT_EQ(status_and_brief(
                box.send("POST", "config/login", R"({"login":{"username":"nsroot","password":"x","timeout":5}})", {}))
                .substr(0, 8),
            "400 1219");
}

TEST(Session, IdleSessionsExpireAndLogoutEndsThem) {
  Box box;
  const std::string id = session_of(box.send("POST", "config/login", kLogin, {}));
  const std::vector<Header> cookie = {{"Cookie", "NITRO_AUTH_TOKEN=" + id}};

  box.clock.advance(std::chrono::seconds(3600));
  EXPECT_EQ(box.send("GET", "config/nsversion", "", cookie).status, 200);
  box.clock.advance(std::chrono::seconds(3601));
  EXPECT_EQ(status_and_brief(box.send("GET", "config/nsversion", "", cookie)),
            "401 444 Session expired or killed. Please login again");

  const std::vector<Header> second = {
      {"Cookie", "NITRO_AUTH_TOKEN=" + session_of(box.send("POST", "config/login", kLogin, {}))}};
  EXPECT_EQ(box.send("POST", "config/logout", R"({"logout":{}})", second).status, 201);
  EXPECT_EQ(box.send("GET", "config/nsversion", "", second).status, 401);
}

TEST(Session, TwentyFirstSessionIsRefused) {
  Box box;
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(box.send("POST", "config/login", kLogin, {}).status, 201);
  }

  EXPECT_EQ(status_and_brief(box.send("POST", "config/login", kLogin, {})), "599 445 Session limit exceeded");
  EXPECT_EQ(brief(box.ask("GET", "nsversion")), "599 445 Session limit exceeded");
}

TEST(Session, CommandPolicyNamesTheCliCommand) {
  Box box;
  box.appliance.add_user("cert", "pw",
                         {R"(^show\s+ssl\s+.*)", R"(^(add|rm)\s+system\s+file.*-fileLocation.*nsconfig.*ssl.*)"});
  const std::vector<Header> as_cert = {{"X-NITRO-USER", "cert"}, {"X-NITRO-PASS", "pw"}};
  const auto send = [&](const std::string& method, const std::string& path, const std::string& body) {
    return status_and_brief(box.send(method, "config/" + path, body, as_cert));
  };

  EXPECT_EQ(send("GET", "sslcertkey", ""), "200");
  EXPECT_EQ(send("POST", "systemfile",
                 R"({"systemfile":{"filename":"a.pem","filelocation":"/nsconfig/ssl","filecontent":"YQ=="}})"),
            "201 ");
  EXPECT_EQ(send("DELETE", "sslcertkey/www", ""),
            "403 2138 Not authorized to execute this command [rm ssl certKey www]");
  EXPECT_EQ(send("POST", "nsconfig?action=save", R"({"nsconfig":{}})"),
            "403 2138 Not authorized to execute this command [save ns config]");
}

}  // namespace
}  // namespace sim::test
