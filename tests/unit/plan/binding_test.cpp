// Bindings: default slots, SNI names, and who is in the way.
#include <gtest/gtest.h>

#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using support::PlanWorld;

TEST(Binding, DefaultAndSniStandSideBySide) {
  PlanWorld world;
  world.server("vs_www");
  world.server("vs_sni", true);
  world.sync("www").holds("A1").binds({"vs_www", "vs_sni", "vs_sni:sni"});

  EXPECT_EQ(world.plan(),
            "upload file <www:A1.pem>\n"
            "upload file <www:A1.key>\n"
            "add certkey www from <www:A1.pem>\n"
            "bind certkey www to vs_www as default\n"
            "bind certkey www to vs_sni as default\n"
            "bind certkey www to vs_sni as sni\n");
  EXPECT_EQ(world.settle(), "");
}

TEST(Binding, MissingTargetIsSaidAndTheRestDone) {
  PlanWorld world;
  world.server("vs_www");
  world.sync("www").holds("A1").binds({"vs_gone", "vs_www"});

  EXPECT_EQ(world.problems(), "www: TargetNotFound\n");
  EXPECT_NE(world.messages().find("vs_gone"), std::string::npos);
  EXPECT_NE(world.plan().find("bind certkey www to vs_www"), std::string::npos);
}

TEST(Binding, SniIsOffAndNobodyAskedToTurnItOn) {
  PlanWorld world;
  world.server("vs");
  world.sync("www").holds("A1").binds({"vs:sni"});

  EXPECT_EQ(world.problems(), "www: SniDisabled\n");
  EXPECT_EQ(world.plan().find("bind"), std::string::npos);
}

TEST(Binding, EnableSniIsDoneOncePerVirtualServer) {
  PlanWorld world;
  world.server("vs");
  world.sync("a").holds("A1").binds({"vs:sni!"});
  world.sync("b").holds("B1").binds({"vs:sni!"});

  EXPECT_EQ(world.plan(),
            "upload file <a:A1.pem>\n"
            "upload file <a:A1.key>\n"
            "upload file <b:B1.pem>\n"
            "upload file <b:B1.key>\n"
            "add certkey a from <a:A1.pem>\n"
            "enable SNI on vs\n"
            "bind certkey a to vs as sni\n"
            "add certkey b from <b:B1.pem>\n"
            "bind certkey b to vs as sni\n");
  EXPECT_EQ(world.settle(), "");
}

TEST(Binding, SniNeedsACommonName) {
  PlanWorld world;
  world.server("vs", true);
  world.cert("A1").common_name = "";
  world.sync("www").holds("A1").binds({"vs:sni"});

  EXPECT_EQ(world.problems(), "www: SniWouldBreak\n");
  EXPECT_EQ(world.plan().find("bind"), std::string::npos);
}

TEST(Binding, ForeignSniBindingOfTheSameNameIsLeftAlone) {
  PlanWorld world;
  world.server("vs", true);
  world.person("hand", "A9");
  world.bind("vs", "hand", true);
  world.sync("www").holds("A1").binds({"vs:sni"});

  EXPECT_EQ(world.problems(), "www: BindingConflict\n");
  EXPECT_NE(world.messages().find("certkey hand"), std::string::npos);
  EXPECT_EQ(world.plan().find("bind"), std::string::npos);
}

TEST(Binding, ForeignSniBindingOfAnotherNameIsNoRival) {
  PlanWorld world;
  world.server("vs", true);
  world.person("hand", "B9");
  world.bind("vs", "hand", true);
  world.sync("www").holds("A1").binds({"vs:sni"});

  EXPECT_EQ(world.problems(), "");
  EXPECT_EQ(world.settle(), "");
}

TEST(Binding, TwoNewcomersOfOneSniNameTheOlderWins) {
  PlanWorld world;
  world.server("vs", true);
  world.sync("b").holds("A1").binds({"vs:sni"}).created_on_day(1);
  world.sync("a").holds("A2").binds({"vs:sni"}).created_on_day(2);

  EXPECT_EQ(world.problems(), "a: BindingConflict\n");
  EXPECT_NE(world.plan().find("bind certkey b to vs as sni"), std::string::npos);
}

TEST(Binding, PersonsDefaultCertificateIsNotReplaced) {
  PlanWorld world;
  world.server("vs_www");
  world.person("hand", "B1");
  world.bind("vs_www", "hand");
  world.sync("www").holds("A1").binds({"vs_www"});

  EXPECT_EQ(world.problems(), "www: DefaultSlotTaken\n");
  EXPECT_NE(world.messages().find("certkey hand"), std::string::npos);
  EXPECT_EQ(world.plan(),
            "upload file <www:A1.pem>\n"
            "upload file <www:A1.key>\n"
            "add certkey www from <www:A1.pem>\n");
}

TEST(Binding, AnotherResourcesDefaultCertificateIsNotReplaced) {
  PlanWorld world;
  world.server("vs_www");
  world.sync("secret-team/first").holds("B1").binds({"vs_www"}).created_on_day(9);
  ASSERT_EQ(world.settle(), "");
  world.sync("www").holds("A1").binds({"vs_www"}).created_on_day(1);

  EXPECT_EQ(world.problems(), "www: BindingConflict\n");
  EXPECT_EQ(world.messages().find("secret-team"), std::string::npos) << world.messages();
  EXPECT_EQ(world.messages().find("first"), std::string::npos) << world.messages();
  EXPECT_EQ(world.plan().find("bind"), std::string::npos);
}

TEST(Binding, DefaultSlotOfALivingResourceInTroubleIsNotReplaced) {
  PlanWorld world;
  world.server("vs_www");
  world.sync("first").holds("B1").binds({"vs_www"});
  ASSERT_EQ(world.settle(), "");
  world.sync("first").lacks(Reason::SecretNotFound);
  world.sync("www").holds("A1").binds({"vs_www"});

  EXPECT_EQ(world.problems(), "first: SecretNotFound\nwww: BindingConflict\n");
}

TEST(Binding, DefaultSlotOfAGoneResourceIsBoundOver) {
  PlanWorld world;
  world.server("vs_www");
  world.sync("first").holds("B1").binds({"vs_www"});
  ASSERT_EQ(world.settle(), "");
  world.vanish("first");
  world.sync("www").holds("A1").binds({"vs_www"});

  EXPECT_EQ(world.problems(), "");
  EXPECT_EQ(world.plan(),
            "upload file <www:A1.pem>\n"
            "upload file <www:A1.key>\n"
            "add certkey www from <www:A1.pem>\n"
            "bind certkey www to vs_www as default (disturbs vs_www)\n");
  EXPECT_EQ(world.settle(), "");
}

TEST(Binding, NothingIsConcludedFromAbsenceInAnIncompleteWorld) {
  PlanWorld world;
  world.server("vs_www");
  world.sync("first").holds("B1").binds({"vs_www"});
  ASSERT_EQ(world.settle(), "");
  world.vanish("first");
  world.input.complete = false;
  world.sync("www").holds("A1").binds({"vs_www"});

  EXPECT_EQ(world.problems(), "www: BindingConflict\n");
}

TEST(Binding, SniOfAGoneResourceIsUnboundFirst) {
  PlanWorld world;
  world.server("vs", true);
  world.sync("first").holds("A1").binds({"vs:sni"});
  ASSERT_EQ(world.settle(), "");
  world.vanish("first");
  world.sync("www").holds("A2").binds({"vs:sni"});

  EXPECT_EQ(world.plan(),
            "upload file <www:A2.pem>\n"
            "upload file <www:A2.key>\n"
            "add certkey www from <www:A2.pem>\n"
            "unbind certkey first from vs as sni (disturbs vs)\n"
            "bind certkey www to vs as sni\n");
  EXPECT_EQ(world.settle(), "");
}

TEST(Binding, OwnOlderCertkeyIsBoundOver) {
  PlanWorld world;
  world.server("vs_www");
  world.sync("www").holds("A1", "old").binds({"vs_www"});
  ASSERT_EQ(world.settle(), "");
  world.input.syncs.clear();
  world.vanish("www");
  world.sync("www").holds("A2", "new").binds({"vs_www"});

  EXPECT_EQ(world.plan(),
            "upload file <www:A2.pem>\n"
            "upload file <www:A2.key>\n"
            "add certkey new from <www:A2.pem>\n"
            "bind certkey new to vs_www as default (disturbs vs_www)\n");
  EXPECT_EQ(world.settle(), "");
}

TEST(Binding, TwoSecretsOfOneResourceDoNotTakeTurns) {
  PlanWorld world;
  world.server("vs_www");
  world.sync("www").holds("A1", "a").holds("B1", "b").binds({"vs_www"});

  EXPECT_EQ(world.settle(), "");
  EXPECT_EQ(world.problems(), "www: BindingConflict\n");
}

TEST(Binding, RsaAndEcdsaShareAVirtualServer) {
  PlanWorld world;
  world.server("vs_www");
  world.cert("B1").key_type = model::KeyType::Ecdsa;
  world.sync("a").holds("A1").binds({"vs_www"});
  world.sync("b").holds("B1").binds({"vs_www"});

  EXPECT_EQ(world.problems(), "");
  EXPECT_EQ(world.settle(), "");
  EXPECT_EQ(world.seen().bindings.size(), 2U);
}

TEST(Binding, PersonsEcdsaDefaultIsNoRivalOfRsa) {
  PlanWorld world;
  world.server("vs_www");
  world.cert("B1").key_type = model::KeyType::Ecdsa;
  world.person("hand", "B1");
  world.bind("vs_www", "hand");
  world.sync("www").holds("A1").binds({"vs_www"});

  EXPECT_EQ(world.problems(), "");
  EXPECT_EQ(world.settle(), "");
  EXPECT_EQ(world.seen().bindings.size(), 2U);
}

TEST(Binding, CaBindingIsNoRivalAndStays) {
  PlanWorld world;
  world.server("vs_www");
  world.person("hand", "B1");
  world.seen().bindings.insert({"vs_www", "hand", false, true});
  world.sync("www").holds("A1").binds({"vs_www"});

  EXPECT_EQ(world.problems(), "");
  EXPECT_EQ(world.settle(), "");
  EXPECT_EQ(world.seen().bindings.size(), 2U);
}

TEST(Binding, DroppedFromTheSpecIsUnboundIfWeBoundIt) {
  PlanWorld world;
  world.server("vs_www");
  world.server("vs_api");
  world.sync("www").holds("A1").binds({"vs_www", "vs_api"});
  ASSERT_EQ(world.settle(), "");
  world.sync("www").binds({"vs_www"});

  EXPECT_EQ(world.plan(), "unbind certkey www from vs_api as default (disturbs vs_api)\n");
}

TEST(Binding, DroppedFromTheSpecIsUnboundIfTheStatusListsIt) {
  PlanWorld world;
  world.server("vs_www");
  world.sync("www").holds("A1").binds({"vs_www"});
  ASSERT_EQ(world.settle(), "");
  world.sync("www").binds({}).forgets_what_it_bound().object().status.bound_to = {"edge/vs_www:default"};

  EXPECT_EQ(world.plan(), "unbind certkey www from vs_www as default (disturbs vs_www)\n");
}

TEST(Binding, StatusOfAnotherApplianceOrRoleDoesNotUnbind) {
  PlanWorld world;
  world.server("vs_www");
  world.sync("www").holds("A1").binds({"vs_www"});
  ASSERT_EQ(world.settle(), "");
  world.sync("www").binds({}).forgets_what_it_bound().object().status.bound_to = {"core/vs_www:default",
                                                                                  "edge/vs_www:sni"};

  EXPECT_EQ(world.plan(), "");
}

TEST(Binding, APersonsBindingOfOurCertkeyStays) {
  PlanWorld world;
  world.server("vs_hand");
  world.sync("www").holds("A1");
  ASSERT_EQ(world.settle(), "");
  world.bind("vs_hand", "www");

  EXPECT_EQ(world.plan(), "");
}

// What an update may break: checked before anything is sent.

class SniUpdate : public testing::Test {
 protected:
  void SetUp() override {
    world_.server("vs", true);
    world_.sync("www").holds("A1").binds({"vs:sni"});
    ASSERT_EQ(world_.settle(), "");
  }

  PlanWorld world_;
};

TEST_F(SniUpdate, LosingTheCommonNameIsNotSent) {
  world_.cert("A2").common_name = "";
  world_.sync("www").holds("A2");

  EXPECT_EQ(world_.plan(), "");
  EXPECT_EQ(world_.problems(), "www: SniWouldBreak\n");
  EXPECT_NE(world_.messages().find("3638"), std::string::npos);
}

TEST_F(SniUpdate, TakingTheNameOfAForeignSniBindingIsNotSent) {
  world_.person("hand", "B9");
  world_.bind("vs", "hand", true);
  world_.sync("www").holds("B2");

  EXPECT_EQ(world_.plan(), "");
  EXPECT_EQ(world_.problems(), "www: SniWouldBreak\n");
  EXPECT_NE(world_.messages().find("3637"), std::string::npos);
}

TEST_F(SniUpdate, BindingThatAPersonMadeCountsToo) {
  world_.server("vs_hand", true);
  world_.bind("vs_hand", "www", true);
  world_.person("hand", "B9");
  world_.bind("vs_hand", "hand", true);
  world_.sync("www").holds("B2");

  EXPECT_EQ(world_.problems(), "www: SniWouldBreak\n");
}

TEST_F(SniUpdate, WithANewNameIsSent) {
  world_.sync("www").holds("B2");

  EXPECT_EQ(world_.problems(), "");
  EXPECT_EQ(world_.settle(), "");
}

}  // namespace
}  // namespace certsync::plan
