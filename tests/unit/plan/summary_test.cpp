// Outcomes folded into the conditions of a resource. Each case is a picture: outcomes in, conditions out.
#include "plan/summary.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace certsync::plan {
namespace {

const TimePoint kNow = *from_rfc3339("2026-02-01T00:00:00Z");

TargetOutcome ready_on(const std::string& appliance) {
  TargetOutcome outcome;
  outcome.appliance = appliance;
  outcome.settled = true;
  outcome.verdict = Verdict::Served;
  return outcome;
}

TargetOutcome failed_on(const std::string& appliance, std::vector<Error> errors) {
  TargetOutcome outcome;
  outcome.appliance = appliance;
  outcome.errors = std::move(errors);
  return outcome;
}

TargetOutcome of_generation(std::int64_t generation, TargetOutcome outcome) {
  outcome.generation = generation;
  return outcome;
}

// "Ready=False BindingConflict"
std::string text(const model::CertSyncStatus& status, const std::string& type) {
  const auto* condition = model::find_condition(status.conditions, type);
  if (condition == nullptr) return type + " is missing";
  return type + "=" + std::string(to_text(condition->status)) + " " + condition->reason;
}

std::string message(const model::CertSyncStatus& status, const std::string& type) {
  const auto* condition = model::find_condition(status.conditions, type);
  return condition == nullptr ? "" : condition->message;
}

class Summary : public testing::Test {
 protected:
  model::CertSyncStatus of(const std::vector<TargetOutcome>& outcomes, std::vector<std::string> appliances = {}) {
    if (appliances.empty()) {
      for (const auto& outcome : outcomes)
        appliances.push_back(outcome.appliance);
    }
    return summarise(sync_, appliances, outcomes, kNow);
  }

  model::CertSync sync_;
};

TEST_F(Summary, EverythingIsDone) {
  sync_.meta.generation = 7;

  const auto status = of({of_generation(7, ready_on("edge")), of_generation(7, ready_on("core"))});

  EXPECT_EQ(text(status, "Ready"), "Ready=True Synced");
  EXPECT_EQ(text(status, "Reconciling"), "Reconciling=False Synced");
  EXPECT_EQ(text(status, "Stalled"), "Stalled=False Synced");
  EXPECT_EQ(text(status, "Verified"), "Verified=True Served");
  EXPECT_EQ(text(status, "Drifted"), "Drifted=False Synced");
  EXPECT_EQ(status.targets, "2/2");
  EXPECT_EQ(status.observed_generation, 7);
  for (const auto& condition : status.conditions) {
    EXPECT_EQ(condition.observed_generation, 7) << condition.type;
    EXPECT_EQ(condition.last_transition, kNow) << condition.type;
  }
}

TEST_F(Summary, WaitingIsReconciling) {
  const auto status = of({failed_on("edge", {{ErrorKind::Wait, Reason::SecretNotFound, "no Secret"}})});

  EXPECT_EQ(text(status, "Ready"), "Ready=False SecretNotFound");
  EXPECT_EQ(text(status, "Reconciling"), "Reconciling=True SecretNotFound");
  EXPECT_EQ(text(status, "Stalled"), "Stalled=False Progressing");
  EXPECT_EQ(status.targets, "0/1");
}

TEST_F(Summary, NeedingAPersonIsStalled) {
  for (const auto kind : {ErrorKind::Stalled, ErrorKind::Conflict}) {
    const auto status = of({failed_on("edge", {{kind, Reason::CertKeyNotOwned, "not ours"}})});

    EXPECT_EQ(text(status, "Ready"), "Ready=False CertKeyNotOwned");
    EXPECT_EQ(text(status, "Reconciling"), "Reconciling=False Stalled");
    EXPECT_EQ(text(status, "Stalled"), "Stalled=True CertKeyNotOwned");
    EXPECT_EQ(message(status, "Stalled"), "not ours");
  }
}

TEST_F(Summary, PassingTroubleIsReconciling) {
  for (const auto kind : {ErrorKind::Retry, ErrorKind::Unknown, ErrorKind::Gone}) {
    const auto status = of({failed_on("edge", {{kind, Reason::ApplianceUnreachable, "no answer"}})});

    EXPECT_EQ(text(status, "Reconciling"), "Reconciling=True ApplianceUnreachable");
    EXPECT_EQ(text(status, "Stalled"), "Stalled=False Progressing");
  }
}

TEST_F(Summary, BothKindsStandSideBySide) {
  const auto status = of({failed_on("edge", {{ErrorKind::Retry, Reason::ApplianceBusy, "busy"},
                                             {ErrorKind::Stalled, Reason::TargetNotFound, "no vs_www"}})});

  EXPECT_EQ(text(status, "Ready"), "Ready=False TargetNotFound");
  EXPECT_EQ(text(status, "Reconciling"), "Reconciling=True ApplianceBusy");
  EXPECT_EQ(text(status, "Stalled"), "Stalled=True TargetNotFound");
}

TEST_F(Summary, FirstReasonOfTheListIsTheConditionsAndTheOthersFollow) {
  const auto status = of({failed_on("edge", {{ErrorKind::Stalled, Reason::SniDisabled, "SNI is off"},
                                             {ErrorKind::Conflict, Reason::DefaultSlotTaken, "slot taken"}}),
                          failed_on("core", {{ErrorKind::Conflict, Reason::DefaultSlotTaken, "slot taken"},
                                             {ErrorKind::Retry, Reason::NitroError, "error 1"}})});

  EXPECT_EQ(text(status, "Ready"), "Ready=False DefaultSlotTaken");
  EXPECT_EQ(message(status, "Ready"), "slot taken; SniDisabled: SNI is off; NitroError: error 1");
  EXPECT_EQ(message(status, "Stalled"), "slot taken; SniDisabled: SNI is off");
}

TEST_F(Summary, OneBadApplianceOfThree) {
  const auto status =
      of({ready_on("a"), failed_on("b", {{ErrorKind::Retry, Reason::ApplianceBusy, "busy"}}), ready_on("c")});

  EXPECT_EQ(text(status, "Ready"), "Ready=False ApplianceBusy");
  EXPECT_EQ(status.targets, "2/3");
  ASSERT_EQ(status.appliances.size(), 3U);
  EXPECT_EQ(status.appliances[0].name, "b");
  EXPECT_EQ(status.appliances[0].reason, "ApplianceBusy");
  EXPECT_EQ(status.appliances[0].message, "busy");
  EXPECT_FALSE(status.appliances[0].ready);
  EXPECT_EQ(status.appliances[1].name, "a");
  EXPECT_EQ(status.appliances[1].reason, "Synced");
  EXPECT_TRUE(status.appliances[2].ready);
}

TEST_F(Summary, ApplianceThatNobodyLookedAtYet) {
  const auto status = of({ready_on("edge")}, {"edge", "core"});

  EXPECT_EQ(text(status, "Ready"), "Ready=False Progressing");
  EXPECT_EQ(text(status, "Reconciling"), "Reconciling=True Progressing");
  EXPECT_EQ(text(status, "Stalled"), "Stalled=False Progressing");
  EXPECT_EQ(status.targets, "1/2");
}

TEST_F(Summary, NoApplianceIsSelected) {
  const auto status = of({}, {});

  EXPECT_EQ(text(status, "Ready"), "Ready=False ApplianceNotFound");
  EXPECT_EQ(status.targets, "0/0");
}

TEST_F(Summary, BrokenSpecIsStalledWhateverTheAppliancesSay) {
  sync_.problems = {"spec.bindings[0].role: unknown"};

  const auto status = of({ready_on("edge")});

  EXPECT_EQ(text(status, "Ready"), "Ready=False SpecInvalid");
  EXPECT_EQ(text(status, "Stalled"), "Stalled=True SpecInvalid");
  EXPECT_EQ(message(status, "Ready"), "spec.bindings[0].role: unknown");
}

TEST_F(Summary, SuspendKeepsReady) {
  sync_.status = of({ready_on("edge")});
  sync_.spec.suspend = true;

  const auto status = of({failed_on("edge", {{ErrorKind::Wait, Reason::SecretNotFound, "no Secret"}})});

  EXPECT_EQ(text(status, "Ready"), "Ready=True Suspended");
}

TEST_F(Summary, SuspendedFromTheStartIsUnknown) {
  sync_.spec.suspend = true;

  EXPECT_EQ(text(of({}, {"edge"}), "Ready"), "Ready=Unknown Suspended");
  EXPECT_EQ(text(of({}, {"edge"}), "Reconciling"), "Reconciling=False Synced");
}

TEST_F(Summary, DryRunIsNeverReady) {
  sync_.spec.dry_run = true;
  auto outcome = ready_on("edge");
  outcome.plan = {"update certkey www"};

  const auto status = of({outcome});

  EXPECT_EQ(text(status, "Ready"), "Ready=False DryRun");
  EXPECT_EQ(text(status, "Stalled"), "Stalled=False Synced");
  EXPECT_EQ(status.plan, std::vector<std::string>{"edge: update certkey www"});
}

TEST_F(Summary, ADryRunIsSaidWithItsPlan) {
  sync_.spec.dry_run = true;

  const auto status = of({}, {"edge"});

  EXPECT_EQ(text(status, "Ready"), "Ready=False Progressing");
  EXPECT_EQ(text(status, "Reconciling"), "Reconciling=True Progressing");
}

// kubectl wait goes by observedGeneration: what was true of the form before must not be said of this one.
TEST_F(Summary, AChangedResourceIsNotReadyBeforeAPassHasSeenIt) {
  sync_.meta.generation = 2;
  const auto was_ready = of_generation(1, ready_on("edge"));
  const auto was_stalled = of_generation(1, failed_on("edge", {{ErrorKind::Stalled, Reason::TargetNotFound, "no vs"}}));

  for (const auto& before : {was_ready, was_stalled}) {
    const auto status = of({before});

    EXPECT_EQ(status.observed_generation, 2);
    EXPECT_EQ(text(status, "Ready"), "Ready=False Progressing");
    EXPECT_EQ(text(status, "Reconciling"), "Reconciling=True Progressing");
    EXPECT_EQ(text(status, "Stalled"), "Stalled=False Progressing");
    EXPECT_EQ(status.targets, "0/1");
  }
  EXPECT_EQ(text(of({of_generation(2, ready_on("edge"))}), "Ready"), "Ready=True Synced");
}

TEST_F(Summary, DriftIsACondition) {
  auto outcome = failed_on("edge", {{ErrorKind::Stalled, Reason::Drifted, "www was changed"}});
  outcome.drift = "www was changed";

  const auto status = of({outcome, ready_on("core")});

  EXPECT_EQ(text(status, "Ready"), "Ready=False Drifted");
  EXPECT_EQ(text(status, "Drifted"), "Drifted=True Drifted");
  EXPECT_EQ(message(status, "Drifted"), "edge: www was changed");
}

struct Proof {
  const char* name;
  std::vector<Verdict> verdicts;
  const char* condition;
};

class SummaryOfVerdicts : public testing::TestWithParam<Proof> {};

TEST_P(SummaryOfVerdicts, TheWorstOneSpeaksAndReadyDoesNotCare) {
  std::vector<TargetOutcome> outcomes;
  std::vector<std::string> names;
  for (const auto verdict : GetParam().verdicts) {
    names.push_back("appliance" + std::to_string(names.size()));
    outcomes.push_back(ready_on(names.back()));
    outcomes.back().verdict = verdict;
    outcomes.back().verdict_message = "says " + std::string(to_text(verdict));
  }

  const auto status = summarise({}, names, outcomes, kNow);

  EXPECT_EQ(text(status, "Verified"), GetParam().condition);
  EXPECT_EQ(text(status, "Ready"), "Ready=True Synced");
  EXPECT_TRUE(std::string(GetParam().condition).ends_with(message(status, "Verified").substr(5)));
}

INSTANTIATE_TEST_SUITE_P(
    Plan, SummaryOfVerdicts,
    testing::Values(
        Proof{"Served", {Verdict::Served, Verdict::Served}, "Verified=True Served"},
        Proof{"Off", {Verdict::Off}, "Verified=Unknown Off"},
        Proof{"NoEndpoint", {Verdict::NoEndpoint}, "Verified=Unknown NoEndpoint"},
        Proof{"Unreachable", {Verdict::Served, Verdict::Unreachable}, "Verified=Unknown Unreachable"},
        Proof{"Different", {Verdict::Different, Verdict::Unreachable, Verdict::Served}, "Verified=False Different"},
        Proof{"SomewhereNothingToLookAt", {Verdict::NoEndpoint, Verdict::Served}, "Verified=Unknown NoEndpoint"}),
    [](const auto& row) { return row.param.name; });

TEST_F(Summary, TransitionTimesMoveOnlyWithTheStatus) {
  sync_.status = of({failed_on("edge", {{ErrorKind::Wait, Reason::SecretNotFound, "no Secret"}})});
  const auto later = kNow + std::chrono::hours(1);

  const auto still =
      summarise(sync_, {"edge"}, {failed_on("edge", {{ErrorKind::Wait, Reason::NotYetValid, "early"}})}, later);
  const auto ready = summarise(sync_, {"edge"}, {ready_on("edge")}, later);

  EXPECT_EQ(text(still, "Ready"), "Ready=False NotYetValid");
  EXPECT_EQ(model::find_condition(still.conditions, "Ready")->last_transition, kNow);
  EXPECT_EQ(model::find_condition(ready.conditions, "Ready")->last_transition, later);
  EXPECT_EQ(model::find_condition(ready.conditions, "Stalled")->last_transition, kNow);
}

TEST_F(Summary, SameOutcomeGivesTheSameStatus) {
  const std::vector<TargetOutcome> outcomes = {ready_on("edge"),
                                               failed_on("core", {{ErrorKind::Retry, Reason::ApplianceBusy, "busy"}})};
  sync_.status = of(outcomes);

  EXPECT_EQ(summarise(sync_, {"edge", "core"}, outcomes, kNow + std::chrono::hours(1)), sync_.status);
}

}  // namespace
}  // namespace certsync::plan
