// Who may have which certkey.
#include <gtest/gtest.h>

#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using support::PlanWorld;

TEST(Claim, PersonsCertkeyOfTheWantedNameIsLeftAlone) {
  PlanWorld world;
  world.person("www", "B1");
  world.sync("www").holds("A1");

  EXPECT_EQ(world.plan(), "");
  EXPECT_EQ(world.problems(), "www: CertKeyNotOwned\n");
}

TEST(Claim, CertkeyOfAnotherOwnerIsAPersons) {
  PlanWorld world;
  world.sync("www").holds("A1");
  ASSERT_EQ(world.settle(), "");
  world.input.owner.mark = "twin";

  EXPECT_EQ(world.plan(), "");
  EXPECT_EQ(world.problems(), "www: CertKeyNotOwned\n");
}

TEST(Claim, IncumbentWinsOverTheOlder) {
  PlanWorld world;
  world.sync("team-b/www").holds("B1").created_on_day(9);
  ASSERT_EQ(world.settle(), "");
  world.sync("team-a/www").holds("A1").created_on_day(1);

  EXPECT_EQ(world.plan(), "");
  EXPECT_EQ(world.problems(), "team-a/www: CertKeyNotOwned\n");
  EXPECT_EQ(world.messages().find("team-b"), std::string::npos) << world.messages();
}

TEST(Claim, IncumbentStillWinsWhileItsSecretIsMissing) {
  PlanWorld world;
  world.sync("team-b/www").holds("B1");
  ASSERT_EQ(world.settle(), "");
  world.sync("team-b/www").lacks(Reason::SecretNotFound);
  world.sync("team-a/www").holds("A1");

  EXPECT_EQ(world.plan(), "");
}

TEST(Claim, BetweenNewcomersTheOlderWins) {
  PlanWorld world;
  world.sync("team-a/www").holds("A1").created_on_day(2);
  world.sync("team-b/www").holds("B1").created_on_day(1);

  EXPECT_EQ(world.problems(), "team-a/www: CertKeyNotOwned\n");
  EXPECT_EQ(world.messages().find("team-b"), std::string::npos) << world.messages();
  EXPECT_EQ(world.plan(),
            "upload file <team-b/www:B1.pem>\n"
            "upload file <team-b/www:B1.key>\n"
            "add certkey www from <team-b/www:B1.pem>\n");
}

TEST(Claim, BetweenNewcomersOfOneAgeTheSmallerNameWins) {
  PlanWorld world;
  world.sync("team-a/www").holds("A1").created_on_day(1);
  world.sync("team-b/www").holds("B1").created_on_day(1);

  EXPECT_EQ(world.problems(), "team-b/www: CertKeyNotOwned\n");
}

TEST(Claim, GoneResourcesCertkeyIsTakenOver) {
  PlanWorld world;
  world.server("vs_www");
  world.sync("team-a/www").holds("A1").binds({"vs_www"});
  ASSERT_EQ(world.settle(), "");
  world.vanish("team-a/www");
  world.sync("team-b/www").holds("B1").binds({"vs_www"});

  EXPECT_EQ(world.plan(),
            "upload file <team-b/www:B1.pem>\n"
            "upload file <team-b/www:B1.key>\n"
            "update certkey www from <team-b/www:B1.pem> (disturbs vs_www)\n"
            "-- retire\n"
            "delete file <gone:A1.key>\n"
            "delete file <gone:A1.pem>\n");
  EXPECT_EQ(world.settle(), "");
}

TEST(Claim, InAnIncompleteWorldNobodyIsGone) {
  PlanWorld world;
  world.sync("team-a/www").holds("A1");
  ASSERT_EQ(world.settle(), "");
  world.vanish("team-a/www");
  world.input.complete = false;
  world.sync("team-b/www").holds("B1");

  EXPECT_EQ(world.plan(), "");
  EXPECT_EQ(world.problems(), "team-b/www: CertKeyNotOwned\n");
}

TEST(Claim, SameCertificateUnderAForeignNameIsNotLoadedTwice) {
  PlanWorld world;
  world.person("hand", "A1");
  world.sync("www").holds("A1");

  EXPECT_EQ(world.plan(), "");
  EXPECT_EQ(world.problems(), "www: CertificateAlreadyInstalled\n");
  EXPECT_NE(world.messages().find("certkey hand"), std::string::npos);
}

TEST(Claim, SameCertificateOfAnotherResourceIsNotLoadedTwice) {
  PlanWorld world;
  world.sync("secret-team/first").holds("A1");
  ASSERT_EQ(world.settle(), "");
  world.sync("www").holds("A1");

  EXPECT_EQ(world.plan(), "");
  EXPECT_EQ(world.problems(), "www: CertificateAlreadyInstalled\n");
  EXPECT_EQ(world.messages().find("first"), std::string::npos) << world.messages();
}

TEST(Claim, SameCertificateOfTwoNewcomersIsLoadedOnce) {
  PlanWorld world;
  world.sync("a").holds("A1");
  world.sync("b").holds("A1");

  EXPECT_EQ(world.problems(), "b: CertificateAlreadyInstalled\n");
  EXPECT_EQ(world.settle(), "");
}

TEST(Claim, RenewalToACertificateThatAForeignCertkeyHoldsLeavesTheOldOne) {
  PlanWorld world;
  world.sync("www").holds("A1");
  ASSERT_EQ(world.settle(), "");
  world.person("hand", "A2");
  world.sync("www").holds("A2");

  EXPECT_EQ(world.plan(), "");
  EXPECT_EQ(world.problems(), "www: CertificateAlreadyInstalled\n");
}

TEST(Claim, SerialAloneIsNotTheSameCertificate) {
  PlanWorld world;
  world.cert("B1").serial = world.cert("A1").serial;
  world.cert("B1").issuer = "CN=Somebody Else";
  world.person("hand", "B1");
  world.sync("www").holds("A1");

  EXPECT_EQ(world.problems(), "");
}

TEST(Claim, LosersAreNotAmongThePlannedCertkeys) {
  PlanWorld world;
  world.person("b", "B9");
  world.sync("a").holds("A1");
  world.sync("b").holds("B1");

  const auto plan = world.diff();

  ASSERT_EQ(plan.certkeys.size(), 1U);
  EXPECT_EQ(plan.certkeys.front().name, "a");
}

}  // namespace
}  // namespace certsync::plan
