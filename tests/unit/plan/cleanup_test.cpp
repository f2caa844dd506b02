// What is left behind: collected if it is ours and unused, else left alone.
#include <gtest/gtest.h>

#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using support::PlanWorld;

TEST(Cleanup, OrphanFilesOfOursAreCollected) {
  PlanWorld world;
  world.leave_file("www", "A1", "key");
  world.leave_file("", "I1", "pem");

  EXPECT_EQ(world.diff().retire.size(), 2U);
  EXPECT_TRUE(world.diff().steps.empty());
}

TEST(Cleanup, OrphanFilesOfAnotherOwnerStay) {
  PlanWorld world;
  world.leave_file("www", "A1", "key", 0, "other");
  world.leave_file("", "I1", "pem", 0, "other");

  EXPECT_EQ(world.plan(), "");
}

TEST(Cleanup, OrphanFilesOfATroubledResourceStay) {
  PlanWorld world;
  world.leave_file("www", "A1", "pem");
  world.sync("www").lacks(Reason::SecretNotFound);

  EXPECT_EQ(world.plan(), "");
}

TEST(Cleanup, InAnIncompleteWorldOnlyTheLivingAreCleared) {
  PlanWorld world;
  world.sync("www").holds("A1");
  ASSERT_EQ(world.settle(), "");
  world.leave_file("www", "A2", "pem");
  world.leave_file("gone", "B1", "pem");
  world.input.complete = false;

  EXPECT_EQ(world.plan(), "-- retire\ndelete file <www:A2.pem>\n");
}

TEST(Cleanup, UnusedChainOfIntermediatesGoesFromBelow) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1 < I2 < I3");
  ASSERT_EQ(world.settle(), "");
  world.sync("www").holds("A2");

  EXPECT_EQ(world.readable(to_text(world.diff().cleanup)),
            "unlink certkey <ca:I1>\n"
            "delete certkey <ca:I1>\n"
            "unlink certkey <ca:I2>\n"
            "delete certkey <ca:I2>\n"
            "delete certkey <ca:I3>\n");
  EXPECT_EQ(world.settle(), "");
}

TEST(Cleanup, IntermediateThatAForeignCertkeyLinksToStays) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1 < I2");
  ASSERT_EQ(world.settle(), "");
  world.person("hand", "H1");
  world.seen().certkeys.at("hand").link = world.ca("I2");
  world.sync("www").holds("A2");

  EXPECT_EQ(world.settle(), "");
  EXPECT_EQ(world.seen().certkeys.count(world.ca("I1")), 0U);
  EXPECT_EQ(world.seen().certkeys.count(world.ca("I2")), 1U);
  EXPECT_EQ(world.seen().files.count(world.file("", "I2", "pem")), 1U);
}

TEST(Cleanup, IntermediateThatIsBoundSomewhereStays) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1");
  ASSERT_EQ(world.settle(), "");
  world.seen().bindings.insert({"vs_mtls", world.ca("I1"), false, true});
  world.sync("www").holds("A2");

  EXPECT_TRUE(world.diff().cleanup.empty());
}

TEST(Cleanup, CertkeyNamedLikeAnIntermediateFromAPersonsFileStays) {
  PlanWorld world;
  world.person("cs-ca-mine", "I1");

  EXPECT_EQ(world.plan(), "");
}

TEST(Cleanup, IntermediateOfALeafInTroubleStays) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1 < I2");
  ASSERT_EQ(world.settle(), "");
  world.sync("www").lacks(Reason::SecretNotFound);

  EXPECT_EQ(world.plan(), "");
}

}  // namespace
}  // namespace certsync::plan
