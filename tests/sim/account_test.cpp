#include <gtest/gtest.h>

#include "sim/test_box.h"

namespace sim::test {
namespace {

std::string answer_for(Box& box, const std::string& user, const std::string& method, const std::string& path,
                       const std::string& body = {}) {
  const Response response =
      box.send(method, "config/" + path, body, {{"X-NITRO-USER", user}, {"X-NITRO-PASS", "secret"}});
  return brief(std::to_string(response.status) + (response.body.empty() ? "" : " " + response.body));
}

TEST(Account, MayDoWhatItsPoliciesLetThrough) {
  Box box;
  EXPECT_EQ(brief(box.ask("POST", "systemuser", R"({"systemuser":{"username":"robot","password":"secret"}})")), "201");
  EXPECT_EQ(answer_for(box, "robot", "GET", "nsversion"), "403 371 No command policy defined, permission denied");

  EXPECT_EQ(brief(box.ask("POST", "systemcmdpolicy",
                          R"({"systemcmdpolicy":{"policyname":"look","action":"ALLOW","cmdspec":"^show ns .*"}})")),
            "201");
  EXPECT_EQ(brief(box.ask("POST", "systemcmdpolicy",
                          R"({"systemcmdpolicy":{"policyname":"not","action":"DENY","cmdspec":"^show ns config"}})")),
            "201");
  const auto bind = [&](const std::string& policy, const std::string& priority) {
    return brief(box.ask("PUT", "systemuser_systemcmdpolicy_binding",
                         R"({"systemuser_systemcmdpolicy_binding":{"username":"robot","policyname":")" + policy +
                             R"(","priority":")" + priority + "\"}}"));
  };
  EXPECT_EQ(bind("look", "20"), "201");
  EXPECT_EQ(answer_for(box, "robot", "GET", "nsversion"), "200");
  EXPECT_EQ(answer_for(box, "robot", "GET", "nsconfig"), "200");

  EXPECT_EQ(bind("not", "10"), "201");
  EXPECT_EQ(answer_for(box, "robot", "GET", "nsversion"), "200");
  EXPECT_EQ(answer_for(box, "robot", "GET", "nsconfig"),
            "403 2138 Not authorized to execute this command [show ns config]");

  EXPECT_EQ(brief(box.ask("DELETE", "systemuser_systemcmdpolicy_binding/robot?args=policyname:not")), "200");
  EXPECT_EQ(answer_for(box, "robot", "GET", "nsconfig"), "200");
}

TEST(Account, IsRefusedWhatCannotBe) {
  Box box;
  const auto add_policy = [&](const std::string& name, const std::string& pattern) {
    return brief(box.ask("POST", "systemcmdpolicy",
                         R"({"systemcmdpolicy":{"policyname":")" + name + R"(","action":"ALLOW","cmdspec":")" +
                             pattern + "\"}}"))
        .substr(0, 8);
  };
  EXPECT_EQ(add_policy("a", "(^show"), "400 1097");
  EXPECT_EQ(add_policy(std::string(32, 'a'), "^show"), "400 1106");
  EXPECT_EQ(add_policy("a", "^show"), "201");
  EXPECT_EQ(add_policy("a", "^show"), "409 273 ");
  EXPECT_EQ(brief(box.ask("GET", "systemcmdpolicy/none")).substr(4, 3), "373");
}

TEST(Account, SettingsAreInTheCommand) {
  Box box;
  box.appliance.add_user("robot", "secret", {"^set ssl vserver vs -snienable ENABLED$"});

  EXPECT_EQ(
      answer_for(box, "robot", "PUT", "sslvserver", R"({"sslvserver":{"vservername":"vs","snienable":"ENABLED"}})"),
      "200");
  EXPECT_EQ(answer_for(box, "robot", "PUT", "sslvserver", R"({"sslvserver":{"vservername":"vs","ssl3":"ENABLED"}})"),
            "403 2138 Not authorized to execute this command [set ssl vserver vs -ssl3 ENABLED]");
}

TEST(Account, TheDiskIsTold) {
  Options options = Box::with_vservers();
  options.disk_bytes = 10u << 20;
  Box box(options);
  box.upload("a.pem", std::string(6u << 20, 'a'));

  const Response answer =
      box.send("GET", "stat/system", "", {{"X-NITRO-USER", "nsroot"}, {"X-NITRO-PASS", "nsroot-password"}});

  EXPECT_NE(answer.body.find(R"("disk0perusage": 60)"), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find(R"("disk0avail": "3")"), std::string::npos) << answer.body;
}

}  // namespace
}  // namespace sim::test
