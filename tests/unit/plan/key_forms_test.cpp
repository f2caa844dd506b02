// Private keys that do not lie on the appliance's disk as they are: in a FIPS card, or encrypted.
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

// www on vs_www with A1 under an encrypted key, everything done.
class EncryptedKey : public testing::Test {
 protected:
  void SetUp() override {
    world_.input.encrypt_keys = true;
    world_.server("vs_www");
    world_.sync("www").holds("A1").binds({"vs_www"});
    ASSERT_EQ(world_.settle(), "");
    ASSERT_EQ(world_.readable(key_file()), "<www:sealed1.key>");
  }
  std::string key_file() { return world_.seen().certkeys.at("www").key_file; }

  PlanWorld world_;
};

TEST_F(EncryptedKey, NothingChangedNothingEncryptedAnew) {
  EXPECT_EQ(world_.plan(), "");
}

TEST_F(EncryptedKey, RenewalIsTwoUploadsAndOneUpdate) {
  world_.sync("www").holds("A2");

  EXPECT_EQ(world_.plan(),
            "upload file <www:A2.pem>\n"
            "upload file <www:A2.key>, encrypted\n"
            "update certkey www from <www:A2.pem> (disturbs vs_www)\n"
            "-- retire\n"
            "delete file <www:A1.pem>\n"
            "delete file <www:sealed1.key>\n");
  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(world_.readable(key_file()), "<www:sealed2.key>");
}

TEST_F(EncryptedKey, OfACrashIsSentAnewAndTheOldOneCollected) {
  world_.sync("www").holds("A2");
  // Both uploads, and then nothing more.
  const auto steps = world_.diff().steps;
  ASSERT_EQ(world_.appliance.apply(steps[0]), "");
  ASSERT_EQ(world_.appliance.apply(steps[1]), "");

  EXPECT_EQ(world_.plan(),
            "upload file <www:A2.key>, encrypted\n"
            "update certkey www from <www:A2.pem> (disturbs vs_www)\n"
            "-- retire\n"
            "delete file <www:A1.pem>\n"
            "delete file <www:sealed1.key>\n"
            "delete file <www:sealed2.key>\n");
  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(world_.readable(key_file()), "<www:sealed3.key>");
}

TEST_F(EncryptedKey, WhoseFileIsGoneIsReplacedByAnUpdate) {
  world_.seen().files.erase(key_file());

  EXPECT_EQ(world_.plan(),
            "upload file <www:A1.key>, encrypted\n"
            "update certkey www from <www:A1.pem> (disturbs vs_www)\n");
  EXPECT_EQ(world_.settle(), "");
}

TEST_F(EncryptedKey, ReplacedByHandIsDrift) {
  world_.seen().certkeys.at("www").key_file = "hand.key";

  EXPECT_EQ(world_.plan(),
            "upload file <www:A1.key>, encrypted\n"
            "update certkey www from <www:A1.pem> (disturbs vs_www)\n"
            "-- retire\n"
            "delete file <www:sealed1.key>\n");
}

TEST_F(EncryptedKey, TurnedOffBecomesAPlainOne) {
  world_.input.encrypt_keys = false;

  EXPECT_EQ(world_.plan(),
            "upload file <www:A1.key>\n"
            "update certkey www from <www:A1.pem> (disturbs vs_www)\n"
            "-- retire\n"
            "delete file <www:sealed1.key>\n");
  EXPECT_EQ(world_.settle(), "");
}

TEST_F(EncryptedKey, TurnedOnTakesThePlainOneAway) {
  world_.input.encrypt_keys = false;
  ASSERT_EQ(world_.settle(), "");
  world_.input.encrypt_keys = true;

  EXPECT_EQ(world_.plan(),
            "upload file <www:A1.key>, encrypted\n"
            "update certkey www from <www:A1.pem> (disturbs vs_www)\n"
            "-- retire\n"
            "delete file <www:A1.key>\n");
  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(world_.seen().files.count(world_.file("www", "A1", "key")), 0U);
}

TEST_F(EncryptedKey, OfTwoSecretsOfOneResourceEachHasItsOwn) {
  auto shop = world_.sync("shop");
  shop.holds("B1", "b").holds("C1", "c");
  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(world_.plan(), "");

  shop.holds("B2", "b");
  EXPECT_EQ(world_.plan(),
            "upload file <shop:B2.pem>\n"
            "upload file <shop:B2.key>, encrypted\n"
            "update certkey b from <shop:B2.pem>\n"
            "-- retire\n"
            "delete file <shop:B1.pem>\n"
            "delete file <shop:sealed2.key>\n");
}

TEST_F(EncryptedKey, GoesWithItsCertkey) {
  world_.sync("www").deleted(model::DeletionPolicy::Delete);

  EXPECT_EQ(world_.settle(), "");
  EXPECT_TRUE(world_.seen().files.empty());
}

TEST(EncryptedKeys, AFipsKeyNeedsNone) {
  PlanWorld world;
  world.input.encrypt_keys = true;
  world.sync("www").holds("A1").object().spec.source.fips_key = "card";

  EXPECT_EQ(world.plan(),
            "upload file <www:A1.pem>\n"
            "add certkey www from <www:A1.pem> with FIPS key card\n");
}

}  // namespace
}  // namespace certsync::plan
