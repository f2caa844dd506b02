// What is not ours and may be taken over, and what never is.
#include <gtest/gtest.h>

#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using model::AdoptionPolicy;
using support::PlanWorld;

class Adoption : public testing::Test {
 protected:
  Adoption() { world_.server("vs_www"); }

  support::SyncWords adopting(const std::string& name = "www") {
    auto sync = world_.sync(name);
    sync.object().spec.adoption_policy = AdoptionPolicy::Adopt;
    return sync;
  }
  void grant(bool adopt) {
    world_.input.access.open_to_all = false;
    model::Grant grant;
    grant.from = model::GrantFrom::All;
    grant.targets = {"*"};
    grant.roles = {model::Role::Default, model::Role::Sni};
    grant.adopt = adopt;
    world_.input.access.grants = {grant};
  }

  PlanWorld world_;
};

TEST_F(Adoption, ACertkeyOfTheWantedNameIsUpdatedAndItsFilesStay) {
  world_.person("www", "B1");
  world_.bind("vs_www", "www");
  adopting().holds("A1");

  EXPECT_EQ(world_.plan(),
            "upload file <www:A1.pem>\n"
            "upload file <www:A1.key>\n"
            "update certkey www from <www:A1.pem> (disturbs vs_www)\n");
  EXPECT_EQ(world_.notices(), "www: Adopted\n");
  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(world_.notices(), "") << "it is ours now";
}

TEST_F(Adoption, ADefaultSlotIsBoundOverAndTheReplacedCertkeyStays) {
  world_.person("old", "B1");
  world_.bind("vs_www", "old");
  adopting().holds("A1").binds({"vs_www"});

  EXPECT_EQ(world_.plan(),
            "upload file <www:A1.pem>\n"
            "upload file <www:A1.key>\n"
            "add certkey www from <www:A1.pem>\n"
            "bind certkey www to vs_www as default (disturbs vs_www)\n");
  EXPECT_EQ(world_.notices(), "www: Adopted\n");
  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(world_.seen().certkeys.count("old"), 1U);
}

TEST_F(Adoption, TheSameCertificateUnderAForeignNameKeepsThatName) {
  world_.person("legacy", "A1");
  world_.bind("vs_www", "legacy");
  adopting().holds("A1").binds({"vs_www"});

  EXPECT_EQ(world_.plan(),
            "upload file <www:A1.pem>\n"
            "upload file <www:A1.key>\n"
            "update certkey legacy from <www:A1.pem> (disturbs vs_www)\n");
  ASSERT_EQ(world_.settle(), "");

  // The status remembers whose it is, so that a renewal finds it.
  world_.sync("www").object().status.certificates = {{"www", "legacy", "", "", {}, {}, {}, 0}};
  world_.sync("www").holds("A2");
  EXPECT_EQ(world_.plan(),
            "upload file <www:A2.pem>\n"
            "upload file <www:A2.key>\n"
            "update certkey legacy from <www:A2.pem> (disturbs vs_www)\n"
            "-- retire\n"
            "delete file <www:A1.key>\n"
            "delete file <www:A1.pem>\n");
  EXPECT_EQ(world_.settle(), "");
}

TEST_F(Adoption, TheSameCertificateWithVersionsKeepsItsNameToo) {
  world_.person("legacy", "A1");
  world_.bind("vs_www", "legacy");
  adopting().holds("A1").binds({"vs_www"});
  world_.sync("www").object().spec.update_policy = model::UpdatePolicy::NewCertKey;

  EXPECT_EQ(world_.settle(), "");
  EXPECT_EQ(world_.problems(), "");
  EXPECT_EQ(world_.seen().certkeys.count("www"), 0U);
}

TEST_F(Adoption, WhatWasTakenOverGoesWithItsResource) {
  world_.person("legacy", "A1");
  adopting().holds("A1");
  ASSERT_EQ(world_.settle(), "");
  world_.sync("www").deleted(model::DeletionPolicy::Delete);

  EXPECT_EQ(world_.plan(),
            "delete certkey legacy\n"
            "-- retire\n"
            "delete file <www:A1.key>\n"
            "delete file <www:A1.pem>\n");
}

TEST_F(Adoption, ForeignSniBindingsAreLeftAlone) {
  world_.server("vs", true);
  world_.person("old", "A1");
  world_.bind("vs", "old", true);
  adopting().holds("A2").binds({"vs:sni"});

  EXPECT_EQ(world_.problems(), "www: BindingConflict\n");
}

TEST_F(Adoption, WithoutAGrantNothingIsTakenOver) {
  grant(false);
  world_.person("www", "B1");
  world_.person("old", "C1");
  world_.person("same", "D1");
  world_.bind("vs_www", "old");
  adopting("www").holds("A1");
  adopting("slot").holds("A2").binds({"vs_www"});
  adopting("loaded").holds("D1");

  EXPECT_EQ(world_.problems(), "loaded: NotPermitted\nwww: NotPermitted\nslot: NotPermitted\n");
  EXPECT_EQ(world_.plan(),
            "upload file <slot:A2.pem>\n"
            "upload file <slot:A2.key>\n"
            "add certkey slot from <slot:A2.pem>\n");
  grant(true);
  EXPECT_EQ(world_.problems(), "");
}

TEST_F(Adoption, AnotherInstallationsThingsAreNeverTaken) {
  world_.sync("www").holds("A1").binds({"vs_www"});
  ASSERT_EQ(world_.settle(), "");
  world_.input.owner.mark = "twin";
  adopting();
  world_.sync("other").object().spec.adoption_policy = AdoptionPolicy::Adopt;
  world_.sync("other").holds("B1").binds({"vs_www"});

  EXPECT_EQ(world_.problems(), "www: CertKeyNotOwned\nother: DefaultSlotTaken\n");
  EXPECT_NE(world_.messages().find("--former-owner-ids"), std::string::npos) << world_.messages();
}

TEST_F(Adoption, BuiltInCertkeysAreNeverTaken) {
  world_.person("ns-server-certificate", "A1");
  adopting().holds("A1");

  EXPECT_EQ(world_.problems(), "www: CertificateAlreadyInstalled\n");
}

// --- an owner id that was another before
// ------------------------------------------------------------------------------

class FormerOwner : public testing::Test {
 protected:
  FormerOwner() {
    world_.server("vs_www");
    world_.sync("www").holds("A1 < I1").binds({"vs_www"});
    EXPECT_EQ(world_.settle(), "");
    world_.input.owner = {"fresh", {"own"}};
  }

  PlanWorld world_;
};

TEST_F(FormerOwner, NothingIsWrittenBecauseOfTheNameAlone) {
  EXPECT_EQ(world_.plan(), "");
  EXPECT_EQ(world_.problems(), "");
}

TEST_F(FormerOwner, TheNextRenewalCarriesTheNewMark) {
  world_.sync("www").holds("A2 < I1");

  EXPECT_EQ(world_.settle(), "");

  const auto& certkey = world_.seen().certkeys.at("www");
  EXPECT_EQ(certkey.cert_file, world_.file("www", "A2", "pem", "fresh"));
  EXPECT_EQ(world_.seen().files.count(world_.file("www", "A1", "pem", "own")), 0U) << "the old file is collected";
}

TEST_F(FormerOwner, WhatItLeftBehindIsCollected) {
  world_.leave_file("www", "B1", "pem", 0, "own");

  EXPECT_EQ(world_.plan().find("-- retire\ndelete file"), 0U) << world_.plan();
}

TEST_F(FormerOwner, WithoutTheFlagItIsAnotherInstallations) {
  world_.input.owner.former.clear();

  EXPECT_EQ(world_.problems(), "www: CertKeyNotOwned\n");
  EXPECT_EQ(world_.plan(), "");
}

}  // namespace
}  // namespace certsync::plan
