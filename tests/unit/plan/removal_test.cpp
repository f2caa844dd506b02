// What removes: only a resource that exists and says so.
#include <gtest/gtest.h>

#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using model::DeletionPolicy;
using support::PlanWorld;

// www on vs_www with A1 < I1 < I2, everything done.
class Removed : public testing::Test {
 protected:
  void SetUp() override {
    world_.server("vs_www");
    world_.sync("www").holds("A1 < I1 < I2").binds({"vs_www"});
    ASSERT_EQ(world_.settle(), "");
  }

  PlanWorld world_;
};

constexpr char kEverything[] =
    "unbind certkey www from vs_www as default (disturbs vs_www)\n"
    "unlink certkey www\n"
    "delete certkey www\n"
    "-- cleanup\n"
    "unlink certkey <ca:I1>\n"
    "delete certkey <ca:I1>\n"
    "delete certkey <ca:I2>\n"
    "-- retire\n"
    "delete file <ca:I1.pem>\n"
    "delete file <ca:I2.pem>\n"
    "delete file <www:A1.key>\n"
    "delete file <www:A1.pem>\n";

std::multiset<std::string> lines(const std::string& text) {
  std::multiset<std::string> all;
  for (std::size_t start = 0; start < text.size();) {
    const auto end = text.find('\n', start);
    all.insert(text.substr(start, end - start));
    start = end + 1;
  }
  return all;
}

TEST_F(Removed, DeletePolicyTakesEverythingAway) {
  world_.sync("www").deleted(DeletionPolicy::Delete);

  EXPECT_EQ(lines(world_.plan()), lines(kEverything));
  EXPECT_EQ(world_.settle(), "");
  EXPECT_TRUE(world_.seen().certkeys.empty());
  EXPECT_TRUE(world_.seen().files.empty());
}

TEST_F(Removed, DeletePolicyWorksWithoutAnyMemory) {
  world_.sync("www").deleted(DeletionPolicy::Delete).forgets_what_it_bound();

  EXPECT_EQ(lines(world_.plan()), lines(kEverything));
}

TEST_F(Removed, RetainLeavesEverything) {
  world_.sync("www").deleted(DeletionPolicy::Retain);

  EXPECT_EQ(world_.plan(), "");
}

TEST_F(Removed, VanishedResourceLeavesEverything) {
  world_.vanish("www");

  EXPECT_EQ(world_.plan(), "");
}

TEST_F(Removed, MovedAwayTakesEverythingAway) {
  world_.moves_away("www");

  EXPECT_EQ(lines(world_.plan()), lines(kEverything));
  EXPECT_EQ(world_.settle(), "");
}

TEST_F(Removed, MissingSecretRemovesNothing) {
  for (const auto reason : {Reason::SecretNotFound, Reason::SecretInvalid, Reason::SecretForbidden}) {
    world_.sync("www").lacks(reason);
    EXPECT_EQ(world_.plan(), "") << to_text(reason);
  }
}

TEST_F(Removed, ExpiredSecretRemovesNothing) {
  world_.input.now = world_.cert("A1").not_after;

  EXPECT_EQ(world_.plan(), "");
  EXPECT_EQ(world_.problems(), "www: SecretInvalid\n");
}

TEST_F(Removed, BrokenSpecRemovesNothing) {
  world_.sync("www").lacks(Reason::SecretNotFound).binds({}).object().problems = {"spec.foo: unknown field"};

  EXPECT_EQ(world_.plan(), "");
  EXPECT_EQ(world_.problems(), "www: SpecInvalid\nwww: SecretNotFound\n");
}

TEST_F(Removed, ForeignBindingKeepsTheCertkey) {
  world_.server("vs_hand");
  world_.bind("vs_hand", "www");
  world_.sync("www").deleted(DeletionPolicy::Delete);

  EXPECT_EQ(world_.plan(), "unbind certkey www from vs_www as default (disturbs vs_www)\n");
  EXPECT_EQ(world_.notices(), "www: CertKeyInUse\n");
}

TEST_F(Removed, CaBindingKeepsTheCertkey) {
  world_.seen().bindings.insert({"vs_www", "www", false, true});
  world_.sync("www").deleted(DeletionPolicy::Delete);

  EXPECT_EQ(world_.plan(), "unbind certkey www from vs_www as default (disturbs vs_www)\n");
}

TEST_F(Removed, CertkeyReplacedByAPersonStays) {
  auto& installed = world_.seen().certkeys.at("www");
  installed.cert_file = "hand.pem";
  installed.key_file = "hand.key";
  world_.sync("www").deleted(DeletionPolicy::Delete);

  EXPECT_EQ(to_text(world_.diff().steps), "");
}

TEST_F(Removed, SharedIntermediatesStayForOthers) {
  world_.sync("api").holds("B1 < I1 < I2");
  ASSERT_EQ(world_.settle(), "");
  world_.sync("www").deleted(DeletionPolicy::Delete);

  EXPECT_TRUE(world_.diff().cleanup.empty());
  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(world_.seen().certkeys.size(), 3U);
}

TEST_F(Removed, CertkeyThatAnotherTakesOverIsNotDeleted) {
  world_.sync("www").deleted(DeletionPolicy::Delete);
  world_.sync("other/www").holds("B1").binds({"vs_www"});

  EXPECT_EQ(to_text(world_.diff().steps).find("delete"), std::string::npos);
  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(world_.seen().certkeys.size(), 1U);
}

TEST_F(Removed, DefaultSlotIsHandedOnWithoutAGap) {
  world_.sync("www").deleted(DeletionPolicy::Delete);
  world_.sync("next").holds("B1").binds({"vs_www"});

  EXPECT_EQ(world_.readable(to_text(world_.diff().steps)),
            "upload file <next:B1.pem>\n"
            "upload file <next:B1.key>\n"
            "add certkey next from <next:B1.pem>\n"
            "bind certkey next to vs_www as default (disturbs vs_www)\n"
            "unlink certkey www\n"
            "delete certkey www\n");
  EXPECT_EQ(world_.settle(), "");
}

TEST(Removal, UnselectedSecretTakesItsCertkeyAway) {
  PlanWorld world;
  world.server("vs", true);
  world.sync("www").holds("A1", "a").holds("B1", "b").binds({"vs:sni"});
  ASSERT_EQ(world.settle(), "");
  world.sync("www").unselects("b");

  EXPECT_EQ(world.plan(),
            "unbind certkey b from vs as sni (disturbs vs)\n"
            "delete certkey b\n"
            "-- retire\n"
            "delete file <www:B1.key>\n"
            "delete file <www:B1.pem>\n");
  EXPECT_EQ(world.settle(), "");
}

TEST(Removal, UnselectedSecretsOfOthersAreNotTouched) {
  PlanWorld world;
  world.sync("www").holds("A1", "a");
  world.sync("other").holds("B1", "b");
  world.person("c", "C1");
  ASSERT_EQ(world.settle(), "");
  world.sync("www").unselects("b").unselects("c");

  EXPECT_EQ(world.plan(), "");
}

TEST(Removal, SecretThatVanishedFromASelectorRemovesNothing) {
  PlanWorld world;
  world.sync("www").holds("A1", "a").holds("B1", "b");
  ASSERT_EQ(world.settle(), "");
  world.vanish("www");
  world.sync("www").holds("A1", "a");

  EXPECT_EQ(world.plan(), "");
}

}  // namespace
}  // namespace certsync::plan
