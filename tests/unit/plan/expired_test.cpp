// expiredPolicy Remove: what has expired goes, unless a virtual server would be left with nothing.
#include <gtest/gtest.h>

#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using support::PlanWorld;

class Expired : public testing::Test {
 protected:
  Expired() {
    world_.server("vs_www");
    world_.server("vs_sni", true);
    www().holds("A1").binds({"vs_www", "vs_sni:sni"});
    EXPECT_EQ(world_.settle(), "");
  }
  support::SyncWords www() {
    auto sync = world_.sync("www");
    sync.object().spec.expired_policy = model::ExpiredPolicy::Remove;
    return sync;
  }
  void expire() {
    world_.input.now = world_.cert("A1").not_after + std::chrono::hours(1);
    world_.seen().certkeys.at("www").expired = true;
  }

  PlanWorld world_;
};

TEST_F(Expired, TheLastDefaultCertificateStays) {
  expire();

  EXPECT_EQ(world_.plan(), "");
  EXPECT_EQ(world_.notices(), "www: ExpiredKept\n");
  EXPECT_EQ(world_.problems(), "www: SecretInvalid\n");
}

TEST_F(Expired, WithAnotherDefaultThereItGoes) {
  world_.person("ecdsa", "B1");
  world_.seen().certkeys.at("ecdsa").public_key = "id-ecPublicKey";
  world_.bind("vs_www", "ecdsa");
  expire();

  EXPECT_EQ(world_.plan().substr(0, world_.plan().find("-- retire")),
            "unbind certkey www from vs_sni as sni (disturbs vs_sni)\n"
            "unbind certkey www from vs_www as default (disturbs vs_www)\n"
            "delete certkey www\n");
  EXPECT_EQ(world_.notices(), "www: ExpiredRemoved\n");
}

TEST_F(Expired, OneThatIsOnlyPlannedIsNoOther) {
  expire();
  world_.cert("B1").key_type = model::KeyType::Ecdsa;
  world_.cert("B1").not_after = world_.input.now + std::chrono::hours(1000);
  world_.cert("B1").not_before = world_.input.now - std::chrono::hours(1);
  world_.sync("next").holds("B1").binds({"vs_www"});

  EXPECT_EQ(world_.plan().find("certkey www"), std::string::npos) << world_.plan();
}

TEST_F(Expired, KeepKeeps) {
  world_.person("ecdsa", "B1");
  world_.seen().certkeys.at("ecdsa").public_key = "id-ecPublicKey";
  world_.bind("vs_www", "ecdsa");
  expire();
  world_.sync("www").object().spec.expired_policy = model::ExpiredPolicy::Keep;

  EXPECT_EQ(world_.plan(), "");
}

TEST_F(Expired, TwoClocksMustAgree) {
  world_.person("ecdsa", "B1");
  world_.seen().certkeys.at("ecdsa").public_key = "id-ecPublicKey";
  world_.bind("vs_www", "ecdsa");
  expire();
  world_.seen().certkeys.at("www").expired = false;

  EXPECT_EQ(world_.plan(), "");
}

}  // namespace
}  // namespace certsync::plan
