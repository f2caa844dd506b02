// First deployments: what is sent, and in which order.
#include <algorithm>

#include <gtest/gtest.h>

#include "model/naming.h"
#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using support::PlanWorld;

TEST(Deploy, LoneCertificateIsUploadedAddedAndBound) {
  PlanWorld world;
  world.server("vs_www");
  world.sync("www").holds("A1").binds({"vs_www"});

  EXPECT_EQ(world.plan(),
            "upload file <www:A1.pem>\n"
            "upload file <www:A1.key>\n"
            "add certkey www from <www:A1.pem>\n"
            "bind certkey www to vs_www as default\n");
  EXPECT_EQ(world.problems(), "");
}

TEST(Deploy, IntermediateIsAddedBeforeTheLeafThatLinksToIt) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1");

  EXPECT_EQ(world.plan(),
            "upload file <ca:I1.pem>\n"
            "upload file <www:A1.pem>\n"
            "upload file <www:A1.key>\n"
            "add certkey <ca:I1> from <ca:I1.pem>\n"
            "add certkey www from <www:A1.pem>\n"
            "link certkey www to <ca:I1>\n");
}

TEST(Deploy, TwoIntermediatesAreLinkedUpward) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1 < I2");

  EXPECT_EQ(world.plan(),
            "upload file <ca:I1.pem>\n"
            "upload file <ca:I2.pem>\n"
            "upload file <www:A1.pem>\n"
            "upload file <www:A1.key>\n"
            "add certkey <ca:I1> from <ca:I1.pem>\n"
            "add certkey <ca:I2> from <ca:I2.pem>\n"
            "link certkey <ca:I1> to <ca:I2>\n"
            "add certkey www from <www:A1.pem>\n"
            "link certkey www to <ca:I1>\n");
}

TEST(Deploy, FilesReachTheOtherNodeBeforeTheCommandsThatNeedThem) {
  PlanWorld world;
  world.seen().ha.pair = true;
  world.sync("www").holds("A1");

  EXPECT_EQ(world.plan(),
            "upload file <www:A1.pem>\n"
            "upload file <www:A1.key>\n"
            "sync files to the other node\n"
            "add certkey www from <www:A1.pem>\n");
}

// Who uploaded them may have died before they went over.
TEST(Deploy, FilesThatAreThereAlreadyReachItToo) {
  PlanWorld world;
  world.seen().ha.pair = true;
  world.sync("www").holds("A1");
  world.leave_file("www", "A1", "pem");
  world.leave_file("www", "A1", "key");

  EXPECT_EQ(world.plan(),
            "sync files to the other node\n"
            "add certkey www from <www:A1.pem>\n");
}

TEST(Deploy, AllUploadsComeFirst) {
  PlanWorld world;
  world.server("vs_www");
  world.sync("a").holds("A1 < I1").binds({"vs_www"});
  world.sync("b").holds("B1 < I2");

  const auto steps = world.diff().steps;

  const auto is_upload = [](const Step& step) { return !changes_configuration(step.action); };
  const auto first_change = std::find_if_not(steps.begin(), steps.end(), is_upload);
  EXPECT_EQ(std::distance(steps.begin(), first_change), 6);
  EXPECT_TRUE(std::none_of(first_change, steps.end(), is_upload));
}

TEST(Deploy, SharedIntermediateIsAddedOnce) {
  PlanWorld world;
  world.sync("a").holds("A1 < I1");
  world.sync("b").holds("B1 < I1");

  EXPECT_EQ(world.plan(),
            "upload file <ca:I1.pem>\n"
            "upload file <a:A1.pem>\n"
            "upload file <a:A1.key>\n"
            "upload file <b:B1.pem>\n"
            "upload file <b:B1.key>\n"
            "add certkey <ca:I1> from <ca:I1.pem>\n"
            "add certkey a from <a:A1.pem>\n"
            "link certkey a to <ca:I1>\n"
            "add certkey b from <b:B1.pem>\n"
            "link certkey b to <ca:I1>\n");
}

TEST(Deploy, NothingIsLeftToDoAfterwards) {
  PlanWorld world;
  world.server("vs_www");
  world.server("vs_sni", true);
  world.sync("www").holds("A1 < I1 < I2").binds({"vs_www", "vs_sni:sni"});

  EXPECT_EQ(world.settle(), "");
  EXPECT_TRUE(world.diff().empty());
}

TEST(Deploy, StepsSayForWhomTheyAreAndBelongToTheirCertkey) {
  PlanWorld world;
  world.sync("team-a/www").holds("A1 < I1");

  for (const auto& step : world.diff().steps) {
    const bool shared = step.group.starts_with(model::kIntermediatePrefix);
    EXPECT_EQ(to_text(step.sync), shared ? "" : "team-a/www") << to_text(step);
    EXPECT_TRUE(shared || step.group == "www") << to_text(step);
    EXPECT_TRUE(step.disturbs.empty()) << to_text(step);
  }
}

TEST(Deploy, MonitorOfTheSpecIsPartOfTheAdd) {
  PlanWorld world;
  auto& spec = world.sync("www").holds("A1").object().spec.certkey;
  spec.expiry_monitor = false;
  spec.notification_period_days = 12;

  const auto steps = world.diff().steps;

  const auto& add = std::get<AddCertKey>(steps.back().action);
  EXPECT_FALSE(add.expiry_monitor);
  EXPECT_EQ(add.notification_period_days, 12);
}

TEST(Deploy, CrashAfterTheUploadsSendsNothingTwice) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1");
  world.leave_file("", "I1", "pem");
  world.leave_file("www", "A1", "pem");
  world.leave_file("www", "A1", "key");

  EXPECT_EQ(world.plan(),
            "add certkey <ca:I1> from <ca:I1.pem>\n"
            "add certkey www from <www:A1.pem>\n"
            "link certkey www to <ca:I1>\n");
}

TEST(Deploy, HalfUploadedFileIsDeletedAndSentAgain) {
  PlanWorld world;
  world.sync("www").holds("A1");
  world.leave_file("www", "A1", "pem");
  world.leave_file("www", "A1", "key", 7);

  EXPECT_EQ(world.plan(),
            "delete file <www:A1.key>\n"
            "upload file <www:A1.key>\n"
            "add certkey www from <www:A1.pem>\n");
}

TEST(Deploy, CrashBetweenAddAndLinkIsFinished) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1");
  ASSERT_EQ(world.settle(), "");
  world.seen().certkeys.at("www").link.clear();

  EXPECT_EQ(world.plan(), "link certkey www to <ca:I1>\n");
}

TEST(Deploy, ChainOmitLinksNothing) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1").object().spec.chain = model::ChainPolicy::Omit;

  EXPECT_EQ(world.plan(),
            "upload file <www:A1.pem>\n"
            "upload file <www:A1.key>\n"
            "add certkey www from <www:A1.pem>\n");
}

TEST(Deploy, OneBadSecretOfTwoDoesNotStopTheOther) {
  PlanWorld world;
  world.sync("www").lacks(Reason::SecretNotFound, "a").holds("B1", "b");

  EXPECT_EQ(world.plan(),
            "upload file <www:B1.pem>\n"
            "upload file <www:B1.key>\n"
            "add certkey b from <www:B1.pem>\n");
  EXPECT_EQ(world.problems(), "www: SecretNotFound\n");
}

}  // namespace
}  // namespace certsync::plan
