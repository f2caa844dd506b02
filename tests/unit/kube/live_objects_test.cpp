#include "kube/live_objects.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace certsync::kube {
namespace {

using json = nlohmann::json;

const LiveKey kKey{"NetScalerCertSync", {"team-a", "www"}};

json object(const std::string& uid, const std::string& version) {
  return {{"metadata", {{"name", "www"}, {"namespace", "team-a"}, {"uid", uid}, {"resourceVersion", version}}}};
}

class Live : public testing::Test {
 protected:
  void saw(const json& one) { live_.saw(kKey.first, one); }
  /// "uid-1@7"
  std::string known() const {
    const auto live = live_.find(kKey);
    return live ? live->uid + "@" + live->resource_version : "none";
  }

  LiveObjects live_;
};

TEST_F(Live, KnowsWhatWritesNeed) {
  auto one = object("uid-1", "7");
  one["metadata"]["finalizers"] = {"a", 7, "b"};
  one["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  one["status"] = {{"lastSyncTime", "2026-01-01T00:00:00Z"}, {"targets", "1/1"}};

  saw(one);

  const auto live = live_.find(kKey);
  ASSERT_TRUE(live);
  EXPECT_EQ(live->uid, "uid-1");
  EXPECT_EQ(live->resource_version, "7");
  EXPECT_EQ(live->finalizers, (std::vector<std::string>{"a", "", "b"})) << "positions count";
  EXPECT_TRUE(live->deleting);
  EXPECT_EQ(live->last_sync_time, "2026-01-01T00:00:00Z");
  EXPECT_EQ(live->status, R"({"targets":"1/1"})");
}

TEST_F(Live, ANewerVersionCounts) {
  saw(object("uid-1", "9"));
  saw(object("uid-1", "10"));
  EXPECT_EQ(known(), "uid-1@10");
  saw(object("uid-1", "9"));
  EXPECT_EQ(known(), "uid-1@10");
}

TEST_F(Live, ANamesakeTakesThePlace) {
  saw(object("uid-1", "9"));
  saw(object("uid-2", "12"));
  EXPECT_EQ(known(), "uid-2@12");
}

TEST_F(Live, ALateAnswerAboutAPredecessorIsIgnored) {
  saw(object("uid-2", "12"));
  live_.answered(kKey.first, object("uid-1", "10"));
  EXPECT_EQ(known(), "uid-2@12");
}

TEST_F(Live, ALateAnswerDoesNotBringBackWhatIsGone) {
  saw(object("uid-1", "9"));
  live_.gone(kKey.first, kKey.second);
  live_.answered(kKey.first, object("uid-1", "10"));
  live_.looked(kKey.first, object("uid-1", "10"));
  EXPECT_EQ(known(), "none");
}

TEST_F(Live, ALookIsTakenWhateverItsVersion) {
  saw(object("uid-1", "900"));
  live_.looked(kKey.first, object("uid-1", "80"));
  EXPECT_EQ(known(), "uid-1@80");
}

TEST_F(Live, KindsAreApart) {
  saw(object("uid-1", "9"));
  live_.gone("NetScalerAppliance", kKey.second);
  EXPECT_EQ(known(), "uid-1@9");
}

TEST_F(Live, OddObjectsAreTakenForWhatTheyAre) {
  for (const char* text : {"[]", "7", "{}", R"({"metadata":[]})", R"({"metadata":{"name":7}})"})
    saw(json::parse(text));
  EXPECT_EQ(known(), "none");
  saw(json::parse(R"({"metadata":{"name":"www","namespace":"team-a","uid":7,"resourceVersion":[],"finalizers":{},
                     "deletionTimestamp":null},"status":[1]})"));
  ASSERT_TRUE(live_.find(kKey));
  EXPECT_EQ(known(), "@");
  EXPECT_FALSE(live_.find(kKey)->deleting);
}

TEST(StatusText, HasNoTimesAndOneOrder) {
  const auto text = [](const char* status) { return status_text(json::parse(status)); };

  EXPECT_EQ(text(R"({"b":1,"a":2,"lastSyncTime":"x"})"), R"({"a":2,"b":1})");
  EXPECT_EQ(text(R"({"appliances":[{"name":"edge","lastSyncTime":"x","lastVerifyTime":"y"},7]})"),
            R"({"appliances":[{"name":"edge"},7]})");
  EXPECT_EQ(text(R"({"appliances":"odd"})"), R"({"appliances":"odd"})");
}

TEST(Versions, AreNumbersThatGrow) {
  EXPECT_TRUE(is_older("9", "10"));
  EXPECT_FALSE(is_older("10", "9"));
  EXPECT_FALSE(is_older("10", "10"));
  EXPECT_TRUE(is_older("18446744073709551615", "18446744073709551616"));
  EXPECT_FALSE(is_older("", "10"));
  EXPECT_FALSE(is_older("a", "10"));
  EXPECT_FALSE(is_older("9", "x"));
}

}  // namespace
}  // namespace certsync::kube
