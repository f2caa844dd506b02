// Every action really happens, and one that has happened already is no trouble.
#include "wire/desk.h"

namespace wire {
namespace {

using Perform = Desk;

constexpr auto kSni = model::Role::Sni;
constexpr auto kDefault = model::Role::Default;

TEST_F(Perform, UploadAndDeleteOfAFile) {
  EXPECT_EQ(perform(plan::UploadCertificate{kMarked, nullptr}, "PEM\n"), "done");
  EXPECT_EQ(perform(plan::UploadKey{"x.key", {}, nullptr}, std::string("\0\xff\n", 3)), "done");
  EXPECT_EQ(box_.appliance().file(kMarked), "PEM\n");
  EXPECT_EQ(box_.appliance().file("x.key"), std::string("\0\xff\n", 3));

  EXPECT_EQ(perform(plan::DeleteFile{kMarked}), "done");
  EXPECT_EQ(box_.appliance().file(kMarked), std::nullopt);
}

TEST_F(Perform, UploadOfTheSameSizeIsDoneAlready) {
  box_.put_file(kMarked, "12345");

  EXPECT_EQ(perform(plan::UploadCertificate{kMarked, nullptr}, "12345"), "done");
  EXPECT_EQ(perform(plan::UploadKey{kMarked, {}, nullptr}, "12345"), "done");
}

TEST_F(Perform, UploadOverAnotherSizeIsAnError) {
  box_.put_file(kMarked, "12345");

  EXPECT_EQ(perform(plan::UploadCertificate{kMarked, nullptr}, "123456"), "Unknown/NitroError 1642");
  EXPECT_EQ(box_.appliance().file(kMarked), "12345");
}

TEST_F(Perform, AddAndDeleteOfACertkey) {
  upload_pair("w");

  EXPECT_EQ(perform(plan::AddCertKey{"www", "w.pem", "w.key", true, 21}), "done");
  EXPECT_TRUE(state_has("certkey www cert=w.pem key=w.key serial=")) << state();
  EXPECT_TRUE(state_has("saved no")) << state();
  EXPECT_EQ(appliance_->observe({})->certkeys.at("www").notification_period_days, 21);

  EXPECT_EQ(perform(plan::DeleteCertKey{"www"}), "done");
  EXPECT_FALSE(state_has("certkey www")) << state();
}

TEST_F(Perform, AddOfAnIntermediate) {
  box_.put_file("i.pem", ca_.intermediate("Wire Intermediate").certificate_pem());

  EXPECT_EQ(perform(plan::AddCertKey{"cs-ca-1", "i.pem", ""}), "done");

  EXPECT_TRUE(state_has("certkey cs-ca-1 cert=i.pem serial=")) << state();
}

TEST_F(Perform, UpdateOfACertkey) {
  upload_pair("w");
  upload_pair("v", "other.example.com");
  ASSERT_EQ(perform(plan::AddCertKey{"www", "w.pem", "w.key"}), "done");

  EXPECT_EQ(perform(plan::UpdateCertKey{"www", "v.pem", "v.key", true}), "Stalled/NitroError 3585");
  EXPECT_TRUE(state_has("certkey www cert=w.pem key=w.key")) << state();
  EXPECT_EQ(perform(plan::UpdateCertKey{"www", "v.pem", "v.key", false}), "done");
  EXPECT_TRUE(state_has("certkey www cert=v.pem key=v.key")) << state();
}

TEST_F(Perform, AnEncryptedKeyIsLoadedWithItsPassphrase) {
  const auto first = upload_pair("w");
  const auto second = upload_pair("v");
  box_.put_file("w.key", support::to_encrypted_traditional(first.key_pem, "0f1e"));
  box_.put_file("v.key", support::to_encrypted_traditional(second.key_pem, "2d3c"));
  const plan::AddCertKey add{"www", "w.pem", "w.key"};
  const plan::UpdateCertKey update{"www", "v.pem", "v.key", false};

  EXPECT_EQ(perform(add), "Stalled/SecretInvalid 1537");
  EXPECT_EQ(perform(add, "2d3c"), "Stalled/SecretInvalid 1614");
  EXPECT_EQ(perform(add, "0f1e"), "done");
  EXPECT_EQ(perform(update, "2d3c"), "done");

  EXPECT_TRUE(state_has("certkey www cert=v.pem key=v.key")) << state();
  for (const auto& line : lines_)
    EXPECT_EQ(line.find("2d3c"), std::string::npos) << line;
}

TEST_F(Perform, AFipsKeyIsNamedInPlaceOfAFile) {
  const auto pair = upload_pair("w");
  EXPECT_EQ(perform(plan::AddCertKey{"www", "w.pem", "", true, 30, "card"}), "Stalled/TargetNotFound 1576");
  box_.appliance().put_fips_key("card", pair.key_pem);

  EXPECT_EQ(perform(plan::AddCertKey{"www", "w.pem", "", true, 30, "other"}), "Stalled/TargetNotFound 1575");
  EXPECT_EQ(perform(plan::AddCertKey{"www", "w.pem", "", true, 30, "card"}), "done");

  const auto seen = appliance_->observe({})->certkeys.at("www");
  EXPECT_EQ(seen.fips_key, "card");
  EXPECT_EQ(seen.key_file, "");
  EXPECT_EQ(perform(plan::UpdateCertKey{"www", "w.pem", "w.key", true}), "Stalled/NitroError 1582");
}

TEST_F(Perform, MonitorIsSet) {
  upload_pair("w");
  ASSERT_EQ(perform(plan::AddCertKey{"www", "w.pem", "w.key"}), "done");

  EXPECT_EQ(perform(plan::SetMonitor{"www", true, 14}), "done");
  EXPECT_EQ(appliance_->observe({})->certkeys.at("www").notification_period_days, 14);
  EXPECT_EQ(perform(plan::SetMonitor{"www", false, 14}), "done");
  EXPECT_EQ(appliance_->observe({})->certkeys.at("www").expiry_monitor, false);
}

TEST_F(Perform, LinkAndUnlink) {
  upload_pair("w");
  box_.put_file("i.pem", ca_.certificate_pem());
  ASSERT_EQ(perform(plan::AddCertKey{"www", "w.pem", "w.key"}), "done");
  ASSERT_EQ(perform(plan::AddCertKey{"ca", "i.pem", ""}), "done");

  EXPECT_EQ(perform(plan::Link{"www", "ca"}), "done");
  EXPECT_NE(state().find(" link=ca\n"), std::string::npos) << state();
  EXPECT_EQ(perform(plan::Unlink{"www"}), "done");
  EXPECT_EQ(state().find(" link="), std::string::npos) << state();
  EXPECT_EQ(perform(plan::Unlink{"www"}), "done");
}

TEST_F(Perform, BindAndUnbind) {
  upload_pair("w");
  ASSERT_EQ(perform(plan::AddCertKey{"www", "w.pem", "w.key"}), "done");

  EXPECT_EQ(perform(plan::Bind{"vs", "www", kDefault}), "done");
  EXPECT_EQ(perform(plan::Bind{"vs_sni", "www", kSni}), "done");
  EXPECT_TRUE(state_has("vserver vs\n  bind www\n")) << state();
  EXPECT_TRUE(state_has("vserver vs_sni sni\n  bind www sni\n")) << state();

  EXPECT_EQ(perform(plan::Unbind{"vs", "www", kDefault}), "done");
  EXPECT_EQ(perform(plan::Unbind{"vs_sni", "www", kSni}), "done");
  EXPECT_EQ(state().find("  bind"), std::string::npos) << state();
}

TEST_F(Perform, SniIsEnabled) {
  upload_pair("w");
  ASSERT_EQ(perform(plan::AddCertKey{"www", "w.pem", "w.key"}), "done");
  EXPECT_EQ(perform(plan::Bind{"vs", "www", kSni}), "Stalled/SniDisabled 3627");

  EXPECT_EQ(perform(plan::EnableSni{"vs", ""}), "done");

  EXPECT_TRUE(state_has("vserver vs sni\n")) << state();
  EXPECT_EQ(perform(plan::Bind{"vs", "www", kSni}), "done");
}

TEST_F(Perform, WhatIsGoneIsDeletedAlready) {
  EXPECT_EQ(perform(plan::DeleteCertKey{"none"}), "done");
  EXPECT_EQ(perform(plan::DeleteFile{"none.pem"}), "done");
}

TEST_F(Perform, BoundTwiceIsBound) {
  upload_pair("w");
  ASSERT_EQ(perform(plan::AddCertKey{"www", "w.pem", "w.key"}), "done");
  ASSERT_EQ(perform(plan::Bind{"vs", "www", kDefault}), "done");

  EXPECT_EQ(perform(plan::Bind{"vs", "www", kDefault}), "done");
  EXPECT_TRUE(state_has("vserver vs\n  bind www\nvserver vs_sni")) << state();
}

TEST_F(Perform, UnboundTwiceIsUnbound) {
  upload_pair("w");
  ASSERT_EQ(perform(plan::AddCertKey{"www", "w.pem", "w.key"}), "done");

  EXPECT_EQ(perform(plan::Unbind{"vs", "www", kDefault}), "done");
  EXPECT_EQ(perform(plan::Unbind{"vs_sni", "www", kSni}), "done");
}

TEST_F(Perform, ReplacedDefaultIsAWarning) {
  upload_pair("w");
  upload_pair("v");
  ASSERT_EQ(perform(plan::AddCertKey{"www", "w.pem", "w.key"}), "done");
  ASSERT_EQ(perform(plan::AddCertKey{"v", "v.pem", "v.key"}), "done");
  ASSERT_EQ(perform(plan::Bind{"vs", "www", kDefault}), "done");

  EXPECT_EQ(perform(plan::Bind{"vs", "v", kDefault}), "done, warning 1546");
  EXPECT_TRUE(state_has("vserver vs\n  bind v\nvserver vs_sni")) << state();
}

TEST_F(Perform, BoundCertkeyIsNotDeleted) {
  upload_pair("w");
  ASSERT_EQ(perform(plan::AddCertKey{"www", "w.pem", "w.key"}), "done");
  ASSERT_EQ(perform(plan::Bind{"vs", "www", kDefault}), "done");

  EXPECT_EQ(perform(plan::DeleteCertKey{"www"}), "Stalled/CertKeyInUse 1541");
  EXPECT_TRUE(state_has("certkey www")) << state();
}

class AwkwardName : public Desk, public testing::WithParamInterface<const char*> {};

TEST_P(AwkwardName, GoesThroughItsWholeLife) {
  const std::string name = GetParam();
  upload_pair("w");

  EXPECT_EQ(perform(plan::AddCertKey{name, "w.pem", "w.key"}), "done");
  EXPECT_TRUE(state_has("certkey " + name + " cert=w.pem")) << state();
  EXPECT_EQ(perform(plan::Bind{"vs 2.b", name, kDefault}), "done");
  EXPECT_EQ(perform(plan::Bind{"vs_sni", name, kSni}), "done");
  EXPECT_TRUE(state_has("vserver vs 2.b\n  bind " + name + "\n")) << state();
  EXPECT_EQ(perform(plan::Unbind{"vs 2.b", name, kDefault}), "done");
  EXPECT_EQ(perform(plan::Unbind{"vs_sni", name, kSni}), "done");
  EXPECT_EQ(state().find("  bind"), std::string::npos) << state();
  EXPECT_EQ(perform(plan::DeleteCertKey{name}), "done");
  EXPECT_EQ(state().find("certkey "), std::string::npos) << state();
}

INSTANTIATE_TEST_SUITE_P(Perform, AwkwardName,
                         testing::Values("a b.c", "a#b", "a:b", "a@b=c", "_-", "www.example.com"));

}  // namespace
}  // namespace wire
