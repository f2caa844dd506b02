// Renewals in place, and the corrections of what somebody else changed.
#include <gtest/gtest.h>

#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using support::PlanWorld;

// www on vs_www with A1 < I1, everything done.
class Renewal : public testing::Test {
 protected:
  void SetUp() override {
    world_.server("vs_www");
    world_.server("vs_other");
    world_.sync("www").holds("A1 < I1").binds({"vs_www"});
    ASSERT_EQ(world_.settle(), "");
  }

  PlanWorld world_;
};

TEST_F(Renewal, NothingChangedNothingWritten) {
  EXPECT_EQ(world_.plan(), "");
  EXPECT_EQ(world_.problems(), "");
}

TEST_F(Renewal, IsTwoUploadsAndOneUpdate) {
  world_.sync("www").holds("A2 < I1");

  EXPECT_EQ(world_.plan(),
            "upload file <www:A2.pem>\n"
            "upload file <www:A2.key>\n"
            "update certkey www from <www:A2.pem> (disturbs vs_www)\n"
            "-- retire\n"
            "delete file <www:A1.key>\n"
            "delete file <www:A1.pem>\n");
  EXPECT_EQ(world_.settle(), "");
}

TEST_F(Renewal, NamesForeignVirtualServersItDisturbs) {
  world_.bind("vs_other", "www");
  world_.sync("www").holds("A2 < I1");

  EXPECT_EQ(to_text(world_.diff().steps.back()).substr(0, 18), "update certkey www");
  EXPECT_EQ(world_.diff().steps.back().disturbs, (std::vector<std::string>{"vs_other", "vs_www"}));
}

TEST_F(Renewal, CrashAfterTheUploadsSendsNothingTwice) {
  world_.sync("www").holds("A2 < I1");
  world_.leave_file("www", "A2", "pem");
  world_.leave_file("www", "A2", "key");

  EXPECT_EQ(to_text(world_.diff().steps).find("upload"), std::string::npos);
  EXPECT_EQ(world_.diff().steps.size(), 1U);
}

TEST_F(Renewal, CrashBeforeRetiringLeavesOnlyThat) {
  world_.leave_file("www", "A2", "pem");
  world_.leave_file("www", "A2", "key");

  EXPECT_EQ(world_.plan(),
            "-- retire\n"
            "delete file <www:A2.key>\n"
            "delete file <www:A2.pem>\n");
}

TEST_F(Renewal, OtherIssuerUnlinksUpdatesLinksAndDropsTheOldOne) {
  world_.sync("www").holds("A2 < I2");

  EXPECT_EQ(world_.plan(),
            "upload file <ca:I2.pem>\n"
            "upload file <www:A2.pem>\n"
            "upload file <www:A2.key>\n"
            "add certkey <ca:I2> from <ca:I2.pem>\n"
            "unlink certkey www\n"
            "update certkey www from <www:A2.pem> (disturbs vs_www)\n"
            "link certkey www to <ca:I2>\n"
            "-- cleanup\n"
            "delete certkey <ca:I1>\n"
            "-- retire\n"
            "delete file <ca:I1.pem>\n"
            "delete file <www:A1.key>\n"
            "delete file <www:A1.pem>\n");
  EXPECT_EQ(world_.settle(), "");
}

TEST_F(Renewal, ChainThatEndsBelowALoneLeafIsUnlinked) {
  world_.sync("www").holds("A2");

  EXPECT_EQ(to_text(world_.diff().cleanup), "delete certkey " + world_.ca("I1") + "\n");
  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(world_.seen().certkeys.at("www").link, "");
}

TEST_F(Renewal, SwitchToOmitUnlinksWithoutAnUpdate) {
  world_.sync("www").object().spec.chain = model::ChainPolicy::Omit;

  EXPECT_EQ(world_.plan(),
            "unlink certkey www\n"
            "-- cleanup\n"
            "delete certkey <ca:I1>\n"
            "-- retire\n"
            "delete file <ca:I1.pem>\n");
}

TEST_F(Renewal, OmitLeavesALinkThatAPersonMade) {
  world_.sync("www").object().spec.chain = model::ChainPolicy::Omit;
  ASSERT_EQ(world_.settle(), "");
  world_.person("corp-ca", "I1");
  world_.seen().certkeys.at("www").link = "corp-ca";

  EXPECT_EQ(world_.plan(), "");
}

TEST_F(Renewal, OlderCertificateIsDeployedAndSaid) {
  world_.cert("A0").not_after = world_.cert("A1").not_after - std::chrono::hours(1);
  world_.sync("www").holds("A0 < I1");

  EXPECT_EQ(world_.diff().steps.size(), 3U);
  EXPECT_EQ(world_.notices(), "www: OlderCertificate\n");
}

TEST_F(Renewal, DomainCheckFollowsTheSpec) {
  world_.sync("www").holds("A2 < I1");
  EXPECT_FALSE(std::get<UpdateCertKey>(world_.diff().steps.back().action).domain_check);

  world_.sync("www").object().spec.domain_check = true;
  EXPECT_TRUE(std::get<UpdateCertKey>(world_.diff().steps.back().action).domain_check);
}

TEST_F(Renewal, LinkRemovedByHandIsPutBack) {
  world_.seen().certkeys.at("www").link.clear();

  EXPECT_EQ(world_.plan(), "link certkey www to <ca:I1>\n");
}

TEST_F(Renewal, LinkMovedByHandIsMovedBack) {
  world_.person("hand", "I7");
  world_.seen().certkeys.at("www").link = "hand";

  EXPECT_EQ(world_.plan(),
            "unlink certkey www\n"
            "link certkey www to <ca:I1>\n");
}

TEST_F(Renewal, BindingRemovedByHandIsPutBack) {
  world_.seen().bindings.clear();

  EXPECT_EQ(world_.plan(), "bind certkey www to vs_www as default\n");
}

TEST_F(Renewal, FileRemovedByHandIsSentAgain) {
  world_.seen().files.erase(world_.file("www", "A1", "key"));
  world_.seen().files.erase(world_.file("", "I1", "pem"));

  EXPECT_EQ(world_.plan(),
            "upload file <ca:I1.pem>\n"
            "upload file <www:A1.key>\n");
}

TEST_F(Renewal, FilesReplacedByHandAreDriftWhileAFileOfOursIsLeft) {
  auto& installed = world_.seen().certkeys.at("www");
  installed.cert_file = "hand.pem";
  installed.key_file = "hand.key";
  installed.serial = "AB";

  EXPECT_EQ(world_.plan(), "update certkey www from <www:A1.pem> (disturbs vs_www)\n");
  EXPECT_EQ(world_.problems(), "");
}

TEST_F(Renewal, FilesReplacedByHandAreAPersonsOnceNoFileOfOursIsLeft) {
  auto& installed = world_.seen().certkeys.at("www");
  installed.cert_file = "hand.pem";
  installed.key_file = "hand.key";
  installed.serial = "AB";
  world_.seen().files.clear();

  EXPECT_EQ(world_.diff().steps.size(), 0U);
  EXPECT_EQ(world_.problems(), "www: CertKeyNotOwned\n");
}

TEST_F(Renewal, KeyReplacedByHandIsDrift) {
  world_.seen().certkeys.at("www").key_file = "hand.key";

  EXPECT_EQ(world_.plan(), "update certkey www from <www:A1.pem> (disturbs vs_www)\n");
}

TEST_F(Renewal, OtherSerialUnderOurFileNameIsDrift) {
  world_.seen().certkeys.at("www").serial = "AB";

  EXPECT_EQ(world_.plan(), "update certkey www from <www:A1.pem> (disturbs vs_www)\n");
}

TEST_F(Renewal, MonitorThatDiffersIsSet) {
  world_.seen().certkeys.at("www").expiry_monitor = false;
  EXPECT_EQ(world_.plan(), "set expiry monitor of www on, 30 days\n");

  world_.seen().certkeys.at("www").expiry_monitor = true;
  world_.seen().certkeys.at("www").notification_period_days = 20;
  EXPECT_EQ(world_.plan(), "set expiry monitor of www on, 30 days\n");

  world_.sync("www").object().spec.certkey.expiry_monitor = false;
  EXPECT_EQ(world_.plan(), "set expiry monitor of www off\n");
  EXPECT_EQ(world_.settle(), "");
}

TEST_F(Renewal, MonitorThatIsNotReportedIsLeftAlone) {
  auto& installed = world_.seen().certkeys.at("www");
  installed.notification_period_days.reset();
  world_.sync("www").object().spec.certkey.notification_period_days = 12;
  EXPECT_EQ(world_.plan(), "");

  installed.expiry_monitor.reset();
  world_.sync("www").object().spec.certkey.expiry_monitor = false;
  EXPECT_EQ(world_.plan(), "");
}

TEST(Renewals, CostThreeStepsEach) {
  constexpr int kCount = 20;
  PlanWorld world;
  for (int i = 0; i < kCount; ++i)
    world.sync("s" + std::to_string(i)).holds("N" + std::to_string(i) + "x1 < I1 < I2");
  ASSERT_EQ(world.settle(), "");
  for (int i = 0; i < kCount; ++i)
    world.sync("s" + std::to_string(i)).holds("N" + std::to_string(i) + "x2 < I1 < I2");

  const auto plan = world.diff();

  EXPECT_EQ(plan.steps.size(), 3U * kCount);
  EXPECT_TRUE(plan.cleanup.empty());
  EXPECT_EQ(plan.retire.size(), 2U * kCount);
}

TEST(Renewals, FormerKeyTypeMayChange) {
  PlanWorld world;
  world.server("vs_www");
  world.sync("www").holds("A1").binds({"vs_www"});
  ASSERT_EQ(world.settle(), "");
  world.cert("A2").key_type = model::KeyType::Ecdsa;
  world.sync("www").holds("A2");

  EXPECT_EQ(world.settle(), "");
}

}  // namespace
}  // namespace certsync::plan
