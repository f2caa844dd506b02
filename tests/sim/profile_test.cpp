// SSL profiles: who rules SNI.
#include <gtest/gtest.h>

#include "sim/test_box.h"

namespace sim::test {
namespace {

const std::string kDefault = "ns_default_ssl_profile_frontend";

Options with_profiles() {
  Options options;
  options.default_profile = true;
  options.ssl_profiles = {{"sni_profile", true}};
  options.vservers = {{"vs"}, {"vs_sni", "lb", false, "sni_profile"}};
  return options;
}

std::string set_sni(Box& box, const std::string& resource, const std::string& key, const std::string& name) {
  return brief(
      box.ask("PUT", resource, "{\"" + resource + "\":{\"" + key + "\":\"" + name + R"(","snienable":"ENABLED"}})"));
}

std::string bind_sni(Box& box, const std::string& vserver) {
  const int code = box.appliance.bind(vserver, "www", true);
  return code == 0 ? "bound" : std::to_string(code);
}

TEST(SslProfile, VserversNameTheirs) {
  Box box(with_profiles());

  EXPECT_EQ(box.show("sslparameter", "defaultprofile"), "ENABLED");
  EXPECT_EQ(box.show("sslvserver/vs", "sslprofile"), kDefault);
  EXPECT_EQ(box.show("sslvserver/vs_sni", "sslprofile"), "sni_profile");
  EXPECT_EQ(box.show("sslvserver/vs_sni", "snienable"), "DISABLED");
  EXPECT_EQ(box.show("sslprofile/sni_profile", "snienable"), "ENABLED");
  EXPECT_EQ(brief(box.ask("GET", "sslprofile/none")), "404 258 No such resource [name, none]");
}

TEST(SslProfile, NoneWithoutTheDefaultOne) {
  Box box;

  EXPECT_EQ(box.show("sslparameter", "defaultprofile"), "DISABLED");
  EXPECT_EQ(box.show("sslvserver/vs", "sslprofile"), "(absent)");
}

TEST(SslProfile, RulesTheSniOfItsVservers) {
  Box box(with_profiles());
  box.add("www", make_certificate({}));

  EXPECT_EQ(bind_sni(box, "vs"), "3627");
  EXPECT_EQ(bind_sni(box, "vs_sni"), "bound");
  EXPECT_EQ(set_sni(box, "sslprofile", "name", kDefault), "200");
  EXPECT_EQ(bind_sni(box, "vs"), "bound");
  EXPECT_TRUE(box.appliance.serving("vs").sni_enabled);
  EXPECT_EQ(set_sni(box, "sslprofile", "name", "none"), "599 3248 Profile does not exist");
}

TEST(SslProfile, RefusesTheVserversOwnSetting) {
  Options options = with_profiles();
  Box box(options);
  options.refusal_under_profile = 3740;
  Box other(options);

  EXPECT_EQ(set_sni(box, "sslvserver", "vservername", "vs"),
            "599 3679 Operation not permitted. Use set ssl profile for setting these parameters.");
  EXPECT_EQ(set_sni(other, "sslvserver", "vservername", "vs"),
            "599 3740 Operation not permitted. To do this Disable default ssl profile by setting 'set ssl parameter "
            "-defaultProfile D'");
}

TEST(SslProfile, EnablingTheDefaultOneTakesTheVserversSettings) {
  Box box;
  EXPECT_EQ(box.show("sslvserver/vs_sni", "snienable"), "ENABLED");

  EXPECT_EQ(brief(box.ask("PUT", "sslparameter", R"({"sslparameter":{"defaultprofile":"ENABLED"}})")), "200");

  EXPECT_EQ(box.show("sslvserver/vs_sni", "snienable"), "DISABLED");
  EXPECT_EQ(box.show("sslvserver/vs_sni", "sslprofile"), kDefault);
  box.ask("POST", "lbvserver", R"({"lbvserver":{"name":"new","servicetype":"SSL"}})");
  EXPECT_EQ(box.show("sslvserver/new", "sslprofile"), kDefault);
}

TEST(SslProfile, VserverMayChangeIt) {
  Box box(with_profiles());
  const auto set = [&](const std::string& profile) {
    return brief(
        box.ask("PUT", "sslvserver", R"({"sslvserver":{"vservername":"vs","sslprofile":")" + profile + R"("}})"));
  };

  EXPECT_EQ(set("sni_profile"), "200");
  EXPECT_TRUE(box.appliance.serving("vs").sni_enabled);
  EXPECT_EQ(set("none"), "599 3248 Profile does not exist");
  EXPECT_EQ(
      brief(box.ask("POST", "sslvserver?action=unset", R"({"sslvserver":{"vservername":"vs","sslprofile":true}})")),
      "200");
  EXPECT_EQ(box.show("sslvserver/vs", "sslprofile"), kDefault);
}

}  // namespace
}  // namespace sim::test
