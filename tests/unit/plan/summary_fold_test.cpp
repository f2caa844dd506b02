// The lists of a resource's status: what they hold, in which order, and how long they may get.
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "plan/summary.h"

namespace certsync::plan {
namespace {

const TimePoint kFoldNow = *from_rfc3339("2026-02-01T00:00:00Z");

TargetOutcome outcome_of(const std::string& appliance) {
  TargetOutcome outcome;
  outcome.appliance = appliance;
  outcome.settled = true;
  return outcome;
}

model::CertSyncStatus fold(const std::vector<TargetOutcome>& outcomes, const model::CertSync& sync = {}) {
  std::vector<std::string> names;
  names.reserve(outcomes.size());
  for (const auto& outcome : outcomes)
    names.push_back(outcome.appliance);
  return summarise(sync, names, outcomes, kFoldNow);
}

TEST(SummaryFold, BindingsNameTheirApplianceInOrder) {
  auto edge = outcome_of("edge");
  edge.bound_to = {"vs_www:sni", "vs_api:default"};
  auto core = outcome_of("core");
  core.bound_to = {"vs_www:sni"};

  EXPECT_EQ(fold({edge, core}).bound_to,
            (std::vector<std::string>{"core/vs_www:sni", "edge/vs_api:default", "edge/vs_www:sni"}));
}

TEST(SummaryFold, CertificateOnManyAppliancesIsListedOnce) {
  auto edge = outcome_of("edge");
  edge.certificates = {{"www-tls", "www", "AB", "", {}, {}, {}, 0}, {"api-tls", "api", "CD", "", {}, {}, {}, 0}};
  auto core = outcome_of("core");
  core.certificates = {edge.certificates[0]};

  const auto status = fold({edge, core});

  EXPECT_EQ(status.certificates_total, 2U);
  ASSERT_EQ(status.certificates.size(), 2U);
  EXPECT_EQ(status.certificates[0].certkey, "api");
  EXPECT_EQ(status.certificates[1].certkey, "www");
}

TEST(SummaryFold, ListsAreCapped) {
  std::vector<TargetOutcome> outcomes;
  for (int i = 0; i < 70; ++i) {
    auto outcome = outcome_of("appliance" + std::to_string(100 + i));
    for (int k = 0; k < 5; ++k) {
      const std::string name = std::to_string(i) + "-" + std::to_string(k);
      outcome.certificates.push_back({"secret", name, "AB", "", {}, {}, {}, 0});
      outcome.bound_to.push_back("vs" + name + ":sni");
      outcome.plan.push_back(std::string(300, 'x'));
    }
    outcome.certkeys.assign(40, "certkey");
    outcomes.push_back(std::move(outcome));
  }
  outcomes.back().errors = {{ErrorKind::Retry, Reason::ApplianceBusy, "busy"}};

  const auto status = fold(outcomes);

  EXPECT_EQ(status.certificates.size(), 32U);
  EXPECT_EQ(status.certificates_total, 350U);
  EXPECT_EQ(status.appliances.size(), 64U);
  EXPECT_EQ(status.appliances_total, 70U);
  EXPECT_EQ(status.appliances.front().name, "appliance169") << "not ready ones first";
  EXPECT_EQ(status.appliances.front().certkeys.size(), 32U);
  EXPECT_EQ(status.bound_to.size(), 256U);
  EXPECT_EQ(status.plan.size(), 100U);
  EXPECT_EQ(status.plan.front().size(), 200U);
  EXPECT_TRUE(status.plan.front().ends_with("..."));
  EXPECT_EQ(status.targets, "69/70");
}

TEST(SummaryFold, TextsOfExactlyTheLimitStayWhole) {
  auto outcome = outcome_of("edge");
  outcome.plan = {std::string(194, 'x'), std::string(195, 'x')};

  const auto status = fold({outcome});

  EXPECT_EQ(status.plan[0], "edge: " + std::string(194, 'x'));
  EXPECT_TRUE(status.plan[1].ends_with("...")) << status.plan[1].size();
}

TEST(SummaryFold, LongMessagesAreCut) {
  auto outcome = outcome_of("edge");
  for (int i = 0; i < 100; ++i)
    outcome.errors.push_back({ErrorKind::Stalled, Reason::TargetNotFound, "virtual server " + std::to_string(i)});

  const auto status = fold({outcome});

  for (const auto& condition : status.conditions)
    EXPECT_LE(condition.message.size(), 1024U) << condition.type;
  EXPECT_LE(status.appliances.front().message.size(), 1024U);
}

TEST(SummaryFold, LastSyncTimeIsTheLatestAndNeverGoesBack) {
  auto edge = outcome_of("edge");
  edge.last_sync_time = kFoldNow;
  auto core = outcome_of("core");
  core.last_sync_time = kFoldNow + std::chrono::hours(1);
  EXPECT_EQ(fold({edge, core}).last_sync_time, core.last_sync_time);

  model::CertSync sync;
  sync.status.last_sync_time = kFoldNow + std::chrono::hours(2);
  EXPECT_EQ(fold({edge, core}, sync).last_sync_time, sync.status.last_sync_time);
  EXPECT_EQ(fold({outcome_of("edge")}, sync).last_sync_time, sync.status.last_sync_time);
}

TEST(SummaryFold, OldListsGiveWayToNewOnes) {
  model::CertSync sync;
  sync.status.bound_to = {"edge/vs_old:sni"};
  sync.status.plan = {"edge: old"};
  sync.status.certificates.resize(3);

  const auto status = fold({outcome_of("edge")}, sync);

  EXPECT_TRUE(status.bound_to.empty());
  EXPECT_TRUE(status.plan.empty());
  EXPECT_TRUE(status.certificates.empty());
}

// www was ready on edge, then the process started anew and cannot reach edge.
TEST(SummaryFold, WhatWasSaidOfAnApplianceStandsUntilItIsLookedAt) {
  auto seen = outcome_of("edge");
  seen.bound_to = {"vs_www:sni"};
  seen.certificates = {{"www-tls", "www", "AB", "", {}, {}, {}, 0}};
  seen.certkeys = {"www"};
  seen.last_sync_time = kFoldNow;
  model::CertSync sync;
  sync.status = fold({seen});
  auto unseen = outcome_of("edge");
  unseen.looked = false;
  unseen.settled = false;
  unseen.errors = {{ErrorKind::Retry, Reason::ApplianceUnreachable, "no answer"}};

  for (const auto& status : {fold({unseen}, sync), summarise(sync, {"edge"}, {}, kFoldNow)}) {
    EXPECT_EQ(status.bound_to, std::vector<std::string>{"edge/vs_www:sni"});
    EXPECT_EQ(status.certificates, sync.status.certificates);
    ASSERT_EQ(status.appliances.size(), 1U);
    EXPECT_EQ(status.appliances[0].certkeys, std::vector<std::string>{"www"});
    EXPECT_EQ(status.appliances[0].last_sync_time, kFoldNow);
  }
  EXPECT_EQ(fold({unseen}, sync).appliances[0].reason, "ApplianceUnreachable");
}

TEST(SummaryFold, BindingsOnAnApplianceThatIsNoLongerNamedAreRemembered) {
  model::CertSync sync;
  sync.status.bound_to = {"old/vs_www:sni"};
  sync.status.appliances.resize(1);
  sync.status.appliances[0].name = "old";

  const auto status = fold({outcome_of("edge")}, sync);

  EXPECT_EQ(status.bound_to, std::vector<std::string>{"old/vs_www:sni"});
  ASSERT_EQ(status.appliances.size(), 1U);
  EXPECT_EQ(status.appliances[0].name, "edge");
}

TEST(SummaryFold, SyncRequestIsHandledOnceAPassOfEveryApplianceKnewOfIt) {
  model::CertSync sync;
  sync.meta.annotations[model::kSyncRequestedAt] = "now";
  sync.status.last_handled_sync_request = "before";
  auto edge = outcome_of("edge");
  auto core = outcome_of("core");
  edge.sync_request = "now";
  core.sync_request = "before";
  const auto handled = [&](const std::vector<TargetOutcome>& outcomes) {
    return summarise(sync, {"edge", "core"}, outcomes, kFoldNow).last_handled_sync_request;
  };

  EXPECT_EQ(handled({edge}), "before");
  EXPECT_EQ(handled({edge, core}), "before");
  core.sync_request = "now";
  EXPECT_EQ(handled({edge, core}), "now");
}

TEST(SummaryFold, VerdictsHaveOneWordEach) {
  EXPECT_EQ(to_text(Verdict::Off), "Off");
  EXPECT_EQ(to_text(Verdict::NoEndpoint), "NoEndpoint");
  EXPECT_EQ(to_text(Verdict::Served), "Served");
  EXPECT_EQ(to_text(Verdict::Different), "Different");
  EXPECT_EQ(to_text(Verdict::Unreachable), "Unreachable");
}

}  // namespace
}  // namespace certsync::plan
