#include "cli/check_text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace certsync::cli {
namespace {

std::vector<ApplianceReport> half_well() {
  ApplianceReport well;
  well.name = "edge-a";
  well.endpoints = {{"https://192.0.2.10",
                     {{"name", Verdict::Ok, "192.0.2.10:443", ""}, {"clock", Verdict::NotTried, "not told", ""}},
                     true}};
  well.findings = {{"rights", Verdict::Warning, "all that is needed, 1 more would help", ""}};
  well.rights = {
      {{Purpose::Look, "look.role", "^show", "find the primary of a pair", true}, Allowed::No, "Not authorized"},
      {{Purpose::Save, "save", "^save", "save the configuration", false}, Allowed::NotTried, "it would save"}};
  ApplianceReport ill;
  ill.name = "edge-b";
  ill.endpoints = {{"https://192.0.2.11", {{"connection", Verdict::Failed, "refused", "look at the firewall"}}, false}};
  return {well, ill};
}

TEST(CheckText, ReadsFromTopToBottomAndEndsWithWhatToDo) {
  EXPECT_EQ(to_text(half_well(), CheckOutput::Words, {}),
            "edge-a https://192.0.2.10\n"
            "  ok         name   192.0.2.10:443\n"
            "  not tried  clock  not told\n"
            "edge-a\n"
            "  warning  rights  all that is needed, 1 more would help\n"
            "edge-b https://192.0.2.11\n"
            "  failed   connection  refused\n"
            "To do:\n"
            "  edge-a: it may not find the primary of a pair (Not authorized); works without\n"
            "  edge-b: look at the firewall\n");
}

TEST(CheckText, SaysThatNothingIsToBeDone) {
  auto well = half_well();
  well.pop_back();
  well.front().rights.clear();

  const auto text = to_text(well, CheckOutput::Words, {});

  EXPECT_NE(text.find("\nNothing to do.\n"), std::string::npos) << text;
  EXPECT_FALSE(well.front().failed());
  EXPECT_TRUE(half_well().back().failed());
}

TEST(CheckText, AsJson) {
  const auto json = nlohmann::json::parse(to_text(half_well(), CheckOutput::Json, {}));

  EXPECT_EQ(json["appliances"][0]["ok"], true);
  EXPECT_EQ(json["appliances"][0]["endpoints"][0]["findings"][1]["verdict"], "not tried");
  EXPECT_EQ(json["appliances"][0]["rights"][0]["allowed"], "no");
  EXPECT_EQ(json["appliances"][0]["rights"][1]["message"], "it would save");
  EXPECT_EQ(json["appliances"][1]["ok"], false);
  EXPECT_EQ(json["appliances"][1]["endpoints"][0]["findings"][0]["advice"], "look at the firewall");
}

TEST(CheckText, ColoursWhatMatters) {
  const auto text = to_text(half_well(), CheckOutput::Words, {0, true});

  EXPECT_NE(text.find("\x1b[31mfailed"), std::string::npos) << text;
}

}  // namespace
}  // namespace certsync::cli
