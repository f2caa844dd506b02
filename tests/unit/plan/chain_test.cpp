// Intermediates: shared among leaves, and used but never changed where a person loaded them.
#include <gtest/gtest.h>

#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using support::PlanWorld;

// A person loaded I1 as corp-ca; www wants A1 < I1 < I2.
class PersonsIntermediate : public testing::Test {
 protected:
  void SetUp() override {
    world_.sync("www").holds("A1 < I1");
    world_.person("corp-ca", "I1");
  }

  PlanWorld world_;
};

constexpr char kUsesCorpCa[] =
    "upload file <www:A1.pem>\n"
    "upload file <www:A1.key>\n"
    "add certkey www from <www:A1.pem>\n"
    "link certkey www to corp-ca\n";

TEST_F(PersonsIntermediate, HasToBeReadBeforeThePlan) {
  const auto wanted = [&] {
    Wanted made;
    made.certkeys = world_.diff().certkeys;
    return made;
  }();

  EXPECT_EQ(foreign_candidates(wanted, world_.seen()), std::vector<std::string>{"corp-ca"});
}

TEST_F(PersonsIntermediate, OfTheSameDigestIsUsed) {
  world_.seen().foreign_digests["corp-ca"] = world_.cert("I1").sha256;

  EXPECT_EQ(world_.plan(), kUsesCorpCa);
  EXPECT_EQ(world_.notices(), "");
}

TEST_F(PersonsIntermediate, ThatCannotBeReadIsTakenByItsAttributesAndSaid) {
  world_.seen().foreign_digests["corp-ca"] = "";

  EXPECT_EQ(world_.plan(), kUsesCorpCa);
  EXPECT_EQ(world_.notices(), "www: IntermediateAssumed\n");
}

TEST_F(PersonsIntermediate, OfAnotherDigestIsAConflict) {
  world_.seen().foreign_digests["corp-ca"] = world_.cert("I9").sha256;

  EXPECT_EQ(world_.problems(), "www: IntermediateConflict\n");
  EXPECT_EQ(world_.plan().find("link"), std::string::npos);
}

using Change = void (*)(model::InstalledCertKey&);
struct Attribute {
  const char* name;
  Change change;
};

class UnlikeAttribute : public testing::TestWithParam<Attribute> {};

TEST_P(UnlikeAttribute, OfAFileThatCannotBeReadIsAConflict) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1");
  world.person("corp-ca", "I1");
  GetParam().change(world.seen().certkeys.at("corp-ca"));

  EXPECT_EQ(world.problems(), "www: IntermediateConflict\n");
}

INSTANTIATE_TEST_SUITE_P(
    Chain, UnlikeAttribute,
    testing::Values(Attribute{"Subject", [](auto& installed) { installed.subject = "CN=Other"; }},
                    Attribute{"NotBefore", [](auto& installed) { *installed.not_before -= std::chrono::seconds(1); }},
                    Attribute{"NotAfter", [](auto& installed) { installed.not_after.reset(); }},
                    Attribute{"KeyBits", [](auto& installed) { installed.key_bits = 4096; }},
                    Attribute{"Signature", [](auto& installed) { installed.signature_algorithm = "sha1"; }}),
    [](const auto& row) { return row.param.name; });

TEST(Chain, PersonsIntermediateIsNotLinkedUpward) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1 < I2");
  world.person("corp-ca", "I1");
  world.seen().foreign_digests["corp-ca"] = world.cert("I1").sha256;

  EXPECT_EQ(world.notices(), "www: ChainIncomplete\n");
  for (const auto& step : world.diff().steps)
    EXPECT_NE(step.group, "corp-ca") << to_text(step);
}

TEST_F(PersonsIntermediate, StaysWhenNobodyNeedsItAnyMore) {
  world_.seen().foreign_digests["corp-ca"] = world_.cert("I1").sha256;
  ASSERT_EQ(world_.settle(), "");
  world_.sync("www").holds("A2 < I2");

  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(world_.seen().certkeys.count("corp-ca"), 1U);
}

TEST(Chain, OnlyLookAlikesOfWantedIntermediatesAreRead) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1");
  world.person("hand", "I7");
  ASSERT_EQ(world.settle(), "");
  Wanted wanted;
  wanted.certkeys = world.diff().certkeys;

  EXPECT_TRUE(foreign_candidates(wanted, world.seen()).empty());
}

TEST(Chain, IntermediateOfAnotherOwnerIsUsedAndNeverRemoved) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1");
  ASSERT_EQ(world.settle(), "");
  world.seen().certkeys.at(world.ca("I1")).cert_file = world.file("", "I1", "pem", "other");
  world.sync("www").holds("A2");

  EXPECT_EQ(world.diff().cleanup.size(), 0U);
}

TEST(Chain, CrossSignedTwinsKeepTheFirstPathAndSayTheOther) {
  PlanWorld world;
  world.sync("a").holds("A1 < I1 < X");
  world.sync("b").holds("B1 < I1 < X'");

  EXPECT_EQ(world.settle(), "");
  EXPECT_EQ(world.seen().certkeys.at(world.ca("I1")).link, world.ca("X"));
  EXPECT_EQ(world.notices(), "b: ChainShared\n");
}

TEST(Chain, TwinTakesOverWhenNobodyNeedsTheFirst) {
  PlanWorld world;
  world.sync("a").holds("A1 < I1 < X");
  ASSERT_EQ(world.settle(), "");
  world.sync("a").holds("A2 < I1 < X'");

  EXPECT_EQ(world.plan(),
            "upload file <ca:X'.pem>\n"
            "upload file <a:A2.pem>\n"
            "upload file <a:A2.key>\n"
            "add certkey <ca:X'> from <ca:X'.pem>\n"
            "unlink certkey <ca:I1>\n"
            "link certkey <ca:I1> to <ca:X'>\n"
            "update certkey a from <a:A2.pem>\n"
            "-- cleanup\n"
            "delete certkey <ca:X>\n"
            "-- retire\n"
            "delete file <a:A1.key>\n"
            "delete file <a:A1.pem>\n"
            "delete file <ca:X.pem>\n");
  EXPECT_EQ(world.settle(), "");
}

TEST(Chain, LinkOfOurIntermediateRemovedByHandIsPutBack) {
  PlanWorld world;
  world.sync("a").holds("A1 < I1 < I2");
  ASSERT_EQ(world.settle(), "");
  world.seen().certkeys.at(world.ca("I1")).link.clear();

  EXPECT_EQ(world.plan(), "link certkey <ca:I1> to <ca:I2>\n");
}

TEST(Chain, ConflictHigherUpStillLinksTheLowerPart) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1 < I2");
  world.person("corp-ca", "I2");
  world.seen().foreign_digests["corp-ca"] = std::string(64, '0');

  EXPECT_EQ(world.problems(), "www: IntermediateConflict\n");
  EXPECT_NE(world.plan().find("link certkey www to <ca:I1>\n"), std::string::npos) << world.plan();
}

}  // namespace
}  // namespace certsync::plan
