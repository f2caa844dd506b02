// updatePolicy NewCertKey: at no moment without a certificate, and nothing is updated.
#include <gtest/gtest.h>

#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using support::PlanWorld;

class Versions : public testing::Test {
 protected:
  Versions() {
    world_.server("vs_www");
    www().holds("A1 < I1").binds({"vs_www"});
    EXPECT_EQ(world_.settle(), "");
  }

  support::SyncWords www() {
    auto sync = world_.sync("www");
    sync.object().spec.update_policy = model::UpdatePolicy::NewCertKey;
    return sync;
  }
  std::string version(const std::string& certificate) { return "www_" + world_.cert(certificate).sha256.substr(0, 8); }
  void expire(const std::string& certkey) {
    auto& installed = world_.seen().certkeys.at(certkey);
    installed.not_after = world_.input.now - std::chrono::hours(1);
    installed.expired = true;
  }
  /// A new version, linked.
  std::string added(const std::string& certificate) {
    const std::string name = version(certificate);
    return "upload file <www:" + certificate + ".pem>\nupload file <www:" + certificate + ".key>\nadd certkey " + name +
           " from <www:" + certificate + ".pem>\nlink certkey " + name + " to <ca:I1>\n";
  }
  std::string bound() {
    std::string text;
    for (const auto& binding : world_.seen().bindings)
      text += binding.certkey + " ";
    return text;
  }

  PlanWorld world_;
};

TEST_F(Versions, TheFirstHasThePlainName) {
  EXPECT_EQ(world_.seen().certkeys.count("www"), 1U);
  EXPECT_EQ(bound(), "www ");
}

TEST_F(Versions, ARenewalIsAddedAndBoundOver) {
  www().holds("A2 < I1");

  EXPECT_EQ(world_.plan(), added("A2") + "bind certkey " + version("A2") + " to vs_www as default (disturbs vs_www)\n");
  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(bound(), version("A2") + " ");
  EXPECT_EQ(world_.seen().certkeys.count("www"), 1U) << "the way back";
}

TEST_F(Versions, GoingBackBindsTheOldOne) {
  www().holds("A2 < I1");
  ASSERT_EQ(world_.settle(), "");
  www().holds("A1 < I1");

  EXPECT_EQ(world_.plan(), "bind certkey www to vs_www as default (disturbs vs_www)\n");
}

TEST_F(Versions, AnotherKeyTypeIsBoundBesideAndTheOldOneThenUnbound) {
  world_.cert("A2").key_type = model::KeyType::Ecdsa;
  www().holds("A2 < I1");

  EXPECT_EQ(world_.plan(), added("A2") + "bind certkey " + version("A2") +
                               " to vs_www as default\n"
                               "unbind certkey www from vs_www as default (disturbs vs_www)\n");
  EXPECT_EQ(world_.settle(), "");
}

TEST_F(Versions, TheOldOneGoesWhenItIsUnusedAndExpiredByBothClocks) {
  www().holds("A2 < I1");
  ASSERT_EQ(world_.settle(), "");
  expire("www");
  world_.seen().certkeys.at("www").expired = false;
  EXPECT_EQ(world_.plan(), "") << "the appliance's clock says something else";
  world_.seen().certkeys.at("www").expired = true;
  world_.bind("vs_www", "www", true);
  EXPECT_EQ(world_.plan(), "") << "somebody uses it";
  world_.seen().bindings.erase({"vs_www", "www", true, false});

  EXPECT_EQ(world_.plan(),
            "unlink certkey www\n"
            "delete certkey www\n"
            "-- retire\n"
            "delete file <www:A1.key>\n"
            "delete file <www:A1.pem>\n");
  EXPECT_EQ(world_.settle(), "");
}

TEST_F(Versions, ASlotThatIsGivenUpMeanwhileIsUnbound) {
  world_.server("vs_old");
  www().binds({"vs_www", "vs_old"});
  ASSERT_EQ(world_.settle(), "");
  www().holds("A2 < I1").binds({"vs_www"});

  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(bound(), version("A2") + " ");
}

TEST_F(Versions, ThePlainNameMayGoToOthersMeanwhile) {
  www().holds("A2 < I1");
  ASSERT_EQ(world_.settle(), "");
  expire("www");
  ASSERT_EQ(world_.settle(), "");
  world_.person("www", "B1");
  www().holds("A3 < I1");

  EXPECT_EQ(world_.problems(), "");
  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(bound(), version("A3") + " ");
}

TEST_F(Versions, AllOfThemGoWithTheResource) {
  www().holds("A2 < I1");
  ASSERT_EQ(world_.settle(), "");
  www().deleted(model::DeletionPolicy::Delete);

  EXPECT_EQ(world_.settle(2), "");
  EXPECT_TRUE(world_.seen().certkeys.empty());
  EXPECT_TRUE(world_.seen().files.empty());
}

TEST_F(Versions, APersonsCertkeyOfThePlainNameStandsInTheWay) {
  world_.person("api", "B1");
  auto api = world_.sync("api");
  api.object().spec.update_policy = model::UpdatePolicy::NewCertKey;
  api.holds("C1");

  EXPECT_EQ(world_.problems(), "api: CertKeyNotOwned\n");
  EXPECT_EQ(world_.plan(), "");
}

}  // namespace
}  // namespace certsync::plan
