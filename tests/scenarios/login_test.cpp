// Logins are rationed: sessions are few and accounts lock.
#include "scenarios/estate.h"
#include <gtest/gtest.h>

namespace scenarios {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class Logins : public testing::Test {
 protected:
  Logins() : estate_(1) {
    world_.add_box("edge", {{"vs0", "lb", false}});
    world_.write_appliance("edge");
    world_.write("secrets.yaml", estate_.secrets());
    world_.write("syncs.yaml", estate_.syncs("edge", 1));
    world_.start();
  }

  std::size_t logins() {
    std::size_t count = 0;
    for (const auto& entry : world_.box("edge").log.entries())
      count += entry.target.ends_with("/login") ? 1 : 0;
    return count;
  }
  void fault(sim::FaultRule rule) { world_.box("edge").faults.add(std::move(rule)); }
  std::string ready() { return world_.condition("netscalercertsync", "default/s0", "Ready"); }
  void set_password(const std::string& password) {
    world_.write("appliance-edge.yaml",
                 "apiVersion: v1\nkind: Secret\nmetadata: {name: nitro-edge}\ntype: "
                 "kubernetes.io/basic-auth\nstringData: {username: "
                 "nsroot, password: " +
                     password +
                     "}\n---\napiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerAppliance\nmetadata: {name: "
                     "edge}\nspec:\n  "
                     "endpoints: [\"https://edge\"]\n  credentialsSecretRef: {name: nitro-edge}\n");
  }

  World world_;
  Estate estate_;
};

TEST_F(Logins, OneSessionServesAllPasses) {
  for (int i = 0; i < 5; ++i) {
    world_.pass();
    world_.clock().advance(minutes(10));
  }

  EXPECT_EQ(logins(), 1u);
  EXPECT_EQ(world_.box("edge").appliance->session_count("nsroot"), 1);
}

TEST_F(Logins, TheSessionIsLoggedOutAtTheEnd) {
  world_.pass();

  world_.stop();

  EXPECT_EQ(world_.box("edge").appliance->session_count("nsroot"), 0);
}

TEST_F(Logins, ADeadSessionIsRenewedOnceInThePass) {
  world_.pass();
  world_.box("edge").appliance->kill_sessions();

  world_.pass();

  EXPECT_EQ(logins(), 2u);
  EXPECT_EQ(ready(), "True Synced");
}

TEST_F(Logins, ASessionThatDiesAtEveryRequestMakesNoStorm) {
  fault({.kind = sim::FaultKind::DropSession, .method = "GET", .times = -1});

  for (int i = 0; i < 20; ++i) {
    world_.pass();
    world_.clock().advance(seconds(3));
  }

  // A minute of passes: one login a minute, and one renewal in each pass that had a session to lose.
  EXPECT_LE(logins(), 4u);
  world_.box("edge").faults.clear();
  world_.clock().advance(seconds(61));
  EXPECT_TRUE(world_.settle());
  EXPECT_EQ(ready(), "True Synced");
}

TEST_F(Logins, ARefusedPasswordIsTriedOnceThenLeftAlone) {
  set_password("wrong");

  for (int i = 0; i < 29; ++i) {
    world_.pass();
    world_.clock().advance(minutes(1));
  }

  EXPECT_EQ(logins(), 1u);
  EXPECT_EQ(ready(), "False CredentialsRejected");
  EXPECT_EQ(world_.condition("netscalerappliance", "edge", "Ready"), "False CredentialsRejected");
  EXPECT_EQ(world_.condition("netscalerappliance", "edge", "Stalled"), "True CredentialsRejected");

  world_.clock().advance(minutes(2));
  world_.pass();
  EXPECT_EQ(logins(), 2u);
}

TEST_F(Logins, AChangedPasswordIsTriedAtOnce) {
  set_password("wrong");
  world_.pass();

  set_password("nsroot-password");
  world_.pass();

  EXPECT_EQ(logins(), 2u);
  EXPECT_EQ(ready(), "True Synced");
}

TEST_F(Logins, TheSessionLimitIsWaitedOut) {
  fault({.kind = sim::FaultKind::Errorcode, .target = "login", .times = 3, .errorcode = 445});

  world_.pass();
  EXPECT_EQ(ready(), "False SessionLimit");
  world_.pass();
  EXPECT_EQ(logins(), 1u);

  EXPECT_TRUE(world_.settle());
  EXPECT_EQ(ready(), "True Synced");
}

TEST_F(Logins, NoPasswordAndNoTokenIsInTheLog) {
  set_password("a-very-secret-word");
  world_.pass();

  EXPECT_EQ(world_.log().find("a-very-secret-word"), std::string::npos);
  EXPECT_EQ(world_.log().find("NITRO_AUTH_TOKEN"), std::string::npos);
  EXPECT_EQ(world_.log().find("PRIVATE KEY"), std::string::npos);
}

}  // namespace
}  // namespace scenarios
