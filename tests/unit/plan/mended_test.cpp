// Defects that a review of the pure floors has found, each with the case that shows it.
#include <gtest/gtest.h>

#include "base/log.h"
#include "base/time_text.h"
#include "model/naming.h"
#include "plan/summary.h"
#include "support/plan_world.h"
namespace certsync::plan {
namespace {
using support::PlanWorld;

// A person's certkey of the wanted name, while the same resource has another certkey deployed.
TEST(Claim, PersonsCertkeyIsNotOursBecauseAnotherCertkeyOfTheResourceIsDeployed) {
  PlanWorld world;
  world.sync("www").holds("A1", "a");
  ASSERT_EQ(world.settle(), "");
  world.person("b", "B9");
  world.sync("www").holds("B1", "b");
  EXPECT_EQ(world.problems(), "www: CertKeyNotOwned\n");
  EXPECT_EQ(world.plan(), "");
}
// literal name of a shared intermediate
TEST(Claim, SharedIntermediateIsNobodysLeafName) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1");
  ASSERT_EQ(world.settle(), "");
  world.sync("evil").holds("B1").object().spec.certkey.name = world.ca("I1");
  EXPECT_EQ(world.plan(), "");
  EXPECT_NE(world.problems(), "");
}
// key file shared with a person's certkey
TEST(Cleanup, FileThatAPersonsCertkeyUsesTooStays) {
  PlanWorld world;
  world.sync("www").holds("A1");
  ASSERT_EQ(world.settle(), "");
  world.person("hand", "H1");
  world.seen().certkeys.at("hand").key_file = world.file("www", "A1", "key");
  world.sync("www").holds("A2");
  EXPECT_EQ(world.plan().find("delete file <www:A1.key>"), std::string::npos) << world.plan();
}
// SNI turned on for a binding that is refused
TEST(Binding, SniIsNotTurnedOnForABindingThatIsRefused) {
  PlanWorld world;
  world.server("vs");
  world.person("hand", "A9");
  world.bind("vs", "hand", true);
  world.sync("www").holds("A1").binds({"vs:sni!"});
  EXPECT_EQ(world.problems(), "www: BindingConflict\n");
  EXPECT_EQ(world.plan().find("enable SNI"), std::string::npos) << world.plan();
}
// unreadable Secret of a selector loses its SNI binding / default slot to its sibling
TEST(Removal, MissingSecretOfASelectorKeepsItsSlot) {
  PlanWorld world;
  world.server("vs");
  world.sync("www").holds("A1", "a").holds("B1", "b").binds({"vs"});
  (void)world.settle();
  EXPECT_EQ(world.problems(), "www: BindingConflict\n");
  world.sync("www").lacks(Reason::SecretNotFound, "a");
  EXPECT_EQ(world.plan(), "");
}
// file in use of other size
TEST(Deploy, FileInUseIsNotDeleted) {
  PlanWorld world;
  world.sync("www").holds("A1");
  ASSERT_EQ(world.settle(), "");
  world.seen().files.at(world.file("www", "A1", "key")) = 7;
  EXPECT_EQ(world.plan().find("delete file"), std::string::npos) << world.plan();
}
// twins: incumbency changes the order between passes
TEST(Chain, TwinsSettleInOnePass) {
  PlanWorld world;
  world.sync("b").holds("B1 < I1 < X'").created_on_day(5);
  ASSERT_EQ(world.settle(), "");
  world.sync("a").holds("A1 < I1 < X").created_on_day(1);
  EXPECT_EQ(world.settle(), "");
}
// moves of slot between resources
TEST(Binding, SlotGivenUpAndTakenInOnePass) {
  PlanWorld world;
  world.server("vs");
  world.sync("b").holds("B1").binds({"vs"}).created_on_day(5);
  ASSERT_EQ(world.settle(), "");
  world.sync("b").binds({});
  world.sync("a").holds("A1").binds({"vs"}).created_on_day(1);
  EXPECT_EQ(world.problems(), "");
  EXPECT_EQ(world.settle(), "");
}
TEST(Binding, SlotGivenUpByAnIncumbentAndTakenByAnOlderIncumbent) {
  PlanWorld world;
  world.server("vs");
  world.sync("b").holds("B1").binds({"vs"}).created_on_day(5);
  world.sync("a").holds("A1").created_on_day(1);
  ASSERT_EQ(world.settle(), "");
  world.sync("b").binds({});
  world.sync("a").binds({"vs"});
  EXPECT_EQ(world.problems(), "");
}
// names
TEST(Naming, CommaSpellings) {
  EXPECT_EQ(model::comparable_name("O=Example, Inc.,CN=R3"), model::comparable_name("O=Example\\, Inc.,CN=R3"));
  EXPECT_EQ(model::comparable_name("O=Example, Inc.,CN=R3"), model::comparable_name("O = \"Example, Inc.\", CN = R3"));
}
// log level word
TEST(Log, LevelWord) {
  std::string got;
  Logger log(LogLevel::Info, LogFormat::Json, [&](std::string_view line) { got = line; });
  log.warn("x");
  EXPECT_NE(got.find("\"level\":\"warn\""), std::string::npos) << got;
}
// rfc3339 fractions of 6 and 9 digits (metav1.MicroTime)
TEST(Time, Fractions) {
  EXPECT_TRUE(from_rfc3339("2026-11-23T03:04:05.123456Z"));
  EXPECT_TRUE(from_rfc3339("2026-11-23T03:04:05.123456789Z"));
}
// settled false without errors
TEST(MendedSummary, NotSettledIsReconciling) {
  TargetOutcome outcome;
  outcome.appliance = "edge";
  const auto status = summarise(model::CertSync{}, {"edge"}, {outcome}, TimePoint{});
  EXPECT_EQ(model::find_condition(status.conditions, "Ready")->status, model::ConditionStatus::False);
  EXPECT_EQ(model::find_condition(status.conditions, "Reconciling")->status, model::ConditionStatus::True);
}
TEST(MendedSummary, NoApplianceIsReconcilingOrStalled) {
  const auto status = summarise(model::CertSync{}, {}, {}, TimePoint{});
  const auto is = [&](const char* t) {
    return model::find_condition(status.conditions, t)->status == model::ConditionStatus::True;
  };
  EXPECT_TRUE(is("Reconciling") || is("Stalled"));
  EXPECT_NE(model::find_condition(status.conditions, "Reconciling")->reason, "Synced");
}
// cut in the middle of a UTF-8 character
TEST(MendedSummary, CutTextsStayUtf8) {
  TargetOutcome outcome;
  outcome.appliance = "edge";
  for (int pad = 0; pad < 2; ++pad) {
    std::string text(static_cast<std::size_t>(pad), 'x');
    for (int i = 0; i < 600; ++i)
      text += "\xc3\xa4";
    outcome.errors = {{ErrorKind::Stalled, Reason::TargetNotFound, text}};
    const auto status = summarise(model::CertSync{}, {"edge"}, {outcome}, TimePoint{});
    std::string m = model::find_condition(status.conditions, "Ready")->message;
    m.resize(m.size() - 3);
    EXPECT_NE(static_cast<unsigned char>(m.back()), 0xc3) << pad;
  }
}
// unknown key size
TEST(Deploy, KeyOfUnknownSizeIsNotSentEveryPass) {
  model::CertificateChain chain;
  PlanWorld world;
  world.sync("www").holds("A1");
  ASSERT_EQ(world.settle(), "");
  auto copy = *world.diff().certkeys.front().chain;
  copy.key_file_bytes = 0;
  Wanted wanted;
  wanted.owner.mark = "own";
  wanted.certkeys = world.diff().certkeys;
  wanted.certkeys.front().chain = std::make_shared<model::CertificateChain>(copy);
  EXPECT_EQ(to_text(diff(wanted, world.seen()).steps), "");
}
// our own link to a person's intermediate taken off before an update with another issuer
TEST(Chain, OwnLinkToAPersonsIntermediateGoesBeforeAnUpdateToALoneLeaf) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1");
  world.person("corp-ca", "I1");
  ASSERT_EQ(world.settle(), "");
  world.sync("www").holds("A2");
  EXPECT_NE(to_text(world.diff().steps).find("unlink certkey www"), std::string::npos) << world.plan();
}
// a name refused for its certificate blocks nobody
TEST(Claim, RefusedTwinOfACertificateDoesNotHoldTheName) {
  PlanWorld world;
  world.sync("a").holds("A1").created_on_day(1);
  world.sync("b").holds("A1").created_on_day(2).object().spec.certkey.name = "shared";
  world.sync("c").holds("C1").created_on_day(3).object().spec.certkey.name = "shared";
  EXPECT_EQ(world.problems(), "b: CertificateAlreadyInstalled\n");
}
// key type changes into an occupied default slot
TEST(Binding, UpdateToAnOccupiedKeyTypeIsNotSent) {
  PlanWorld world;
  world.server("vs");
  world.cert("H1").key_type = model::KeyType::Ecdsa;
  world.cert("A2").key_type = model::KeyType::Ecdsa;
  world.person("hand", "H1");
  world.bind("vs", "hand");
  world.sync("www").holds("A1").binds({"vs"});
  ASSERT_EQ(world.settle(), "");
  world.sync("www").holds("A2");
  EXPECT_NE(world.problems(), "") << world.plan();
}
// D18 SNI switched off by hand
TEST(Binding, SniSwitchedOffByHandIsNoticed) {
  PlanWorld world;
  world.server("vs");
  world.sync("www").holds("A1").binds({"vs:sni!"});
  ASSERT_EQ(world.settle(), "");
  world.server("vs", false);
  EXPECT_EQ(world.plan(), "enable SNI on vs\n");
}
// monitors and updates of a deleted intermediate...: file of our intermediate changed by hand
TEST(Chain, IntermediateWhoseFileWasReplaced) {
  PlanWorld world;
  world.sync("www").holds("A1 < I1");
  ASSERT_EQ(world.settle(), "");
  world.seen().certkeys.at(world.ca("I1")).serial = "BAD";
  EXPECT_EQ(world.problems(), "www: IntermediateConflict\n");
  EXPECT_EQ(world.plan(), "");
}
// incomplete world + person
TEST(Claim, HalfSettledGoneResource) {
  PlanWorld world;
  world.sync("a").holds("A1").created_on_day(1);
  ASSERT_EQ(world.settle(), "");
  world.sync("a").deleted(model::DeletionPolicy::Delete);
  world.sync("b").holds("A1").created_on_day(2);
  EXPECT_EQ(world.settle(2), "");
}
}  // namespace
}  // namespace certsync::plan
