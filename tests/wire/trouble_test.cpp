// Trouble on the way: each ends as an honest error, and nothing happens twice.
#include "wire/desk.h"

namespace wire {
namespace {

using Trouble = Desk;
using sim::FaultKind;
using std::chrono::milliseconds;

TEST_F(Trouble, BusySaveIsRepeated) {
  box_.mark_saved(false);
  box_.faults().add({.kind = FaultKind::Errorcode, .target = "action=save", .times = 3, .errorcode = 293});

  EXPECT_EQ(save(), "done");

  EXPECT_EQ(sleeper_.waits, (std::vector<milliseconds>{milliseconds(500), milliseconds(1000), milliseconds(2000)}));
  EXPECT_TRUE(state_has("saved yes")) << state();
}

TEST_F(Trouble, PatienceEnds) {
  box_.faults().add({.kind = FaultKind::Errorcode, .target = "action=save", .times = -1, .errorcode = 293});

  EXPECT_EQ(save(), "Retry/ApplianceBusy 293");
  milliseconds total{0};
  for (const auto wait : sleeper_.waits)
    total += wait;
  EXPECT_GT(total, std::chrono::seconds(30));
  EXPECT_LE(total, std::chrono::seconds(60));

  // The next pass is patient again.
  const auto before = sleeper_.waits.size();
  appliance_->begin_pass({});
  EXPECT_EQ(save(), "Retry/ApplianceBusy 293");
  EXPECT_EQ(sleeper_.waits.size(), 2 * before);
}

TEST_F(Trouble, StoppedPassSendsNothing) {
  std::stop_source stop;
  appliance_->begin_pass(stop.get_token());
  ASSERT_EQ(save(), "done");
  arrived();

  stop.request_stop();

  EXPECT_EQ(save(), "Retry/ApplianceUnreachable");
  EXPECT_EQ(arrived(), "");
}

TEST_F(Trouble, OtherCertificateIsNotTrusted) {
  connect("sha256:" + std::string(64, '0'));

  EXPECT_EQ(observe(), "Stalled/ApplianceUntrusted");
  EXPECT_EQ(save(), "Stalled/ApplianceUntrusted");
  EXPECT_EQ(arrived(), "");
}

TEST_F(Trouble, NobodyListens) {
  box_.stop_listening();

  EXPECT_EQ(observe(), "Retry/ApplianceUnreachable");
  EXPECT_EQ(save(), "Retry/ApplianceUnreachable");

  // A login that never arrived is not counted.
  box_.start_listening();
  EXPECT_EQ(save(), "done");
}

TEST_F(Trouble, LostAnswerOfAWriteIsUnknown) {
  upload_pair("w");
  box_.faults().add({.kind = FaultKind::ResetAfter, .mutating = true});

  EXPECT_EQ(perform(plan::AddCertKey{"www", "w.pem", "w.key"}), "Unknown/ApplianceUnreachable");

  EXPECT_TRUE(state_has("certkey www")) << state();
  EXPECT_EQ(arrived(), "POST login 201\nPOST sslcertkey?warning=yes 0\n");
}

TEST_F(Trouble, HalfAnAnswerIsAsGoodAsNone) {
  upload_pair("w");
  ASSERT_EQ(observe(), "seen");
  box_.faults().add({.kind = FaultKind::HalfBody, .target = "sslcertkey", .times = 2});

  EXPECT_EQ(observe(), "Retry/ApplianceUnreachable");
  EXPECT_EQ(perform(plan::DeleteCertKey{"none"}), "Unknown/ApplianceUnreachable");
}

TEST_F(Trouble, ProxyPageIsNoAnswer) {
  for (const auto kind : {FaultKind::Html, FaultKind::BadJson, FaultKind::Redirect}) {
    box_.faults().add({.kind = kind, .target = "sslcertkey", .url = "https://login.example/"});
    EXPECT_EQ(observe(), "Retry/NitroError") << sim::fault_name(kind);
  }
  EXPECT_EQ(observe(), "seen");
}

TEST_F(Trouble, ProxyPageAfterAWriteLeavesItUnknown) {
  upload_pair("w");
  ASSERT_EQ(observe(), "seen");
  box_.faults().add({.kind = FaultKind::Html, .mutating = true, .apply_first = true});

  EXPECT_EQ(perform(plan::AddCertKey{"www", "w.pem", "w.key"}), "Unknown/NitroError");
  EXPECT_TRUE(state_has("certkey www")) << state();
}

TEST_F(Trouble, RedirectOfALoginTakesNoPasswordElsewhere) {
  box_.faults().add({.kind = FaultKind::Redirect, .target = "login", .url = box_.url() + "/elsewhere"});

  EXPECT_EQ(save(), "Retry/NitroError");
  EXPECT_EQ(arrived(), "POST login 302\n");
}

TEST_F(Trouble, StartingApplianceIsBusy) {
  box_.faults().add({.kind = FaultKind::Status, .status = 503});

  EXPECT_EQ(observe(), "Retry/ApplianceBusy");
}

TEST_F(Trouble, RebootForgetsWhatWasNotSaved) {
  upload_pair("w");
  ASSERT_EQ(perform(plan::AddCertKey{"www", "w.pem", "w.key"}), "done");
  ASSERT_EQ(save(), "done");
  upload_pair("v");
  ASSERT_EQ(perform(plan::AddCertKey{"v", "v.pem", "v.key"}), "done");

  box_.reboot();

  const auto seen = appliance_->observe({});
  ASSERT_TRUE(seen.has_value()) << seen.error().message;
  EXPECT_EQ(seen->certkeys.count("www"), 1u);
  EXPECT_EQ(seen->certkeys.count("v"), 0u);
}

}  // namespace
}  // namespace wire
