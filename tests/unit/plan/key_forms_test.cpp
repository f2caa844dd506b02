// Private keys that do not lie on the appliance's disk as they are: in a FIPS card.
#include <gtest/gtest.h>

#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using support::PlanWorld;

class FipsKey : public testing::Test {
 protected:
  void SetUp() override {
    world_.server("vs_www");
    world_.sync("www").holds("A1").binds({"vs_www"}).object().spec.source.fips_key = "card";
  }

  PlanWorld world_;
};

TEST_F(FipsKey, OnlyTheCertificateIsUploaded) {
  EXPECT_EQ(world_.plan(),
            "upload file <www:A1.pem>\n"
            "add certkey www from <www:A1.pem> with FIPS key card\n"
            "bind certkey www to vs_www as default\n");
  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(world_.seen().certkeys.at("www").fips_key, "card");
}

TEST_F(FipsKey, RenewalIsOneUploadAndOneUpdate) {
  ASSERT_EQ(world_.settle(), "");
  world_.sync("www").holds("A2");

  EXPECT_EQ(world_.plan(),
            "upload file <www:A2.pem>\n"
            "update certkey www from <www:A2.pem> with FIPS key card (disturbs vs_www)\n"
            "-- retire\n"
            "delete file <www:A1.pem>\n");
  EXPECT_EQ(world_.settle(), "");
}

TEST_F(FipsKey, AnotherOneIsAnUpdate) {
  ASSERT_EQ(world_.settle(), "");
  world_.sync("www").object().spec.source.fips_key = "other";

  EXPECT_EQ(world_.plan(), "update certkey www from <www:A1.pem> with FIPS key other (disturbs vs_www)\n");
  EXPECT_EQ(world_.settle(), "");
}

TEST_F(FipsKey, ThatIsNotShownIsBelieved) {
  ASSERT_EQ(world_.settle(), "");
  world_.seen().certkeys.at("www").fips_key.clear();

  EXPECT_EQ(world_.plan(), "");
}

TEST_F(FipsKey, ReplacedByAKeyFileByHandIsDrift) {
  ASSERT_EQ(world_.settle(), "");
  world_.seen().certkeys.at("www").key_file = "hand.key";

  EXPECT_EQ(world_.plan(), "update certkey www from <www:A1.pem> with FIPS key card (disturbs vs_www)\n");
}

TEST_F(FipsKey, GivenUpForAKeyFileUploadsTheKey) {
  ASSERT_EQ(world_.settle(), "");
  world_.sync("www").object().spec.source.fips_key.clear();

  EXPECT_EQ(world_.plan(),
            "upload file <www:A1.key>\n"
            "update certkey www from <www:A1.pem> (disturbs vs_www)\n");
}

}  // namespace
}  // namespace certsync::plan
