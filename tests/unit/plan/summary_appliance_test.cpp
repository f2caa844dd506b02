// The status of an appliance after a pass.
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "plan/summary.h"

namespace certsync::plan {
namespace {

using model::ApplianceStatus;

const TimePoint kApplianceNow = *from_rfc3339("2026-02-01T00:00:00Z");

std::string text(const ApplianceStatus& status, const std::string& type) {
  const auto* condition = model::find_condition(status.conditions, type);
  if (condition == nullptr) return type + " is missing";
  return type + "=" + std::string(to_text(condition->status)) + " " + condition->reason;
}

ApplianceOutcome good() {
  ApplianceOutcome outcome;
  outcome.endpoint = "https://192.0.2.10";
  outcome.version = "14.1";
  outcome.certkeys = 12;
  outcome.managed_certkeys = 3;
  outcome.next_expiry = model::NextExpiry{"www", kApplianceNow};
  outcome.sync_time = kApplianceNow;
  return outcome;
}

TEST(ApplianceSummary, GoodPassIsReadyAndSaved) {
  model::Appliance appliance;
  appliance.meta.generation = 4;

  const auto status = summarise(appliance, good(), kApplianceNow);

  EXPECT_EQ(text(status, "Ready"), "Ready=True Synced");
  EXPECT_EQ(text(status, "Reconciling"), "Reconciling=False Synced");
  EXPECT_EQ(text(status, "Stalled"), "Stalled=False Synced");
  EXPECT_EQ(text(status, "Saved"), "Saved=True Saved");
  EXPECT_EQ(status.observed_generation, 4);
  EXPECT_EQ(status.primary_endpoint, "https://192.0.2.10");
  EXPECT_EQ(status.certkeys, 12U);
  EXPECT_EQ(status.managed_certkeys, 3U);
  EXPECT_EQ(status.next_expiry->certkey, "www");
  EXPECT_EQ(status.last_sync_time, kApplianceNow);
  EXPECT_FALSE(status.last_save_time);
}

TEST(ApplianceSummary, UnsavedIsItsOwnConditionAndReadyStays) {
  auto outcome = good();
  outcome.saved = false;
  outcome.unsaved_reason = "ForeignUnsavedChanges";
  outcome.unsaved_message = "somebody has unsaved work";

  const auto status = summarise(model::Appliance{}, outcome, kApplianceNow);

  EXPECT_EQ(text(status, "Saved"), "Saved=False ForeignUnsavedChanges");
  EXPECT_EQ(text(status, "Ready"), "Ready=True Synced");
}

TEST(ApplianceSummary, FailedPassKeepsWhatWasLastSeen) {
  model::Appliance appliance;
  appliance.status = summarise(appliance, good(), kApplianceNow);
  ApplianceOutcome outcome;
  outcome.errors = {{ErrorKind::Retry, Reason::ApplianceUnreachable, "no answer"}};

  const auto status = summarise(appliance, outcome, kApplianceNow + std::chrono::hours(1));

  EXPECT_EQ(text(status, "Ready"), "Ready=False ApplianceUnreachable");
  EXPECT_EQ(text(status, "Reconciling"), "Reconciling=True ApplianceUnreachable");
  EXPECT_EQ(status.primary_endpoint, "https://192.0.2.10");
  EXPECT_EQ(status.certkeys, 12U);
  EXPECT_EQ(status.last_sync_time, kApplianceNow);
  EXPECT_EQ(text(status, "Saved"), "Saved=True Saved");
}

TEST(ApplianceSummary, RejectedCredentialsNeedAPerson) {
  ApplianceOutcome outcome;
  outcome.errors = {{ErrorKind::Stalled, Reason::CredentialsRejected, "password refused"}};

  const auto status = summarise(model::Appliance{}, outcome, kApplianceNow);

  EXPECT_EQ(text(status, "Ready"), "Ready=False CredentialsRejected");
  EXPECT_EQ(text(status, "Stalled"), "Stalled=True CredentialsRejected");
  EXPECT_EQ(text(status, "Saved"), "Saved is missing");
}

TEST(ApplianceSummary, BrokenSpecComesFirst) {
  model::Appliance appliance;
  appliance.problems = {"spec.endpoints: none"};
  ApplianceOutcome outcome;
  outcome.errors = {{ErrorKind::Retry, Reason::ApplianceUnreachable, "no answer"}};

  EXPECT_EQ(text(summarise(appliance, outcome, kApplianceNow), "Ready"), "Ready=False SpecInvalid");
}

TEST(ApplianceSummary, SuspendKeepsReady) {
  model::Appliance appliance;
  appliance.spec.suspend = true;
  EXPECT_EQ(text(summarise(appliance, good(), kApplianceNow), "Ready"), "Ready=Unknown Suspended");

  appliance.spec.suspend = false;
  appliance.status = summarise(appliance, good(), kApplianceNow);
  appliance.spec.suspend = true;
  EXPECT_EQ(text(summarise(appliance, good(), kApplianceNow), "Ready"), "Ready=True Suspended");
}

TEST(ApplianceSummary, SaveTimeIsKept) {
  auto outcome = good();
  outcome.save_time = kApplianceNow;
  model::Appliance appliance;
  appliance.status = summarise(appliance, outcome, kApplianceNow);
  outcome.save_time.reset();

  EXPECT_EQ(summarise(appliance, outcome, kApplianceNow).last_save_time, kApplianceNow);
}

TEST(ApplianceSummary, SameOutcomeGivesTheSameStatus) {
  model::Appliance appliance;
  appliance.status = summarise(appliance, good(), kApplianceNow);

  EXPECT_EQ(summarise(appliance, good(), kApplianceNow + std::chrono::hours(1)), appliance.status);
}

}  // namespace
}  // namespace certsync::plan
