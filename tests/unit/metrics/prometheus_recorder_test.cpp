// Series about objects: what they show, and that they vanish with their object.
#include "metrics/prometheus_recorder.h"

#include <regex>

#include "unit/metrics/exposition.h"
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "support/manual_clock.h"

namespace certsync::metrics::test {
namespace {

using CertKeys = std::vector<ports::CertKeySeries>;

const support::ManualClock kStillClock;

using model::ConditionStatus;
using ports::CertificateCopy;

TimePoint at(int seconds) {
  return TimePoint(std::chrono::seconds(seconds));
}

model::CertSync sync_named(const std::string& name, ConditionStatus ready = ConditionStatus::True) {
  model::CertSync sync;
  sync.meta.ref = {"team-a", name};
  sync.status.conditions = {{.type = "Ready", .status = ready, .reason = "", .message = ""}};
  sync.status.last_sync_time = at(1'700'000'000);
  return sync;
}

model::Appliance appliance_named(const std::string& name, ConditionStatus ready = ConditionStatus::True) {
  model::Appliance appliance;
  appliance.meta.ref = {"", name};
  appliance.status.conditions = {{.type = "Ready", .status = ready, .reason = "", .message = ""}};
  appliance.status.last_sync_time = at(1'700'000'000);
  return appliance;
}

PrometheusRecorder recorder_with(CertKeyScope scope, std::size_t max_certkeys) {
  return PrometheusRecorder({.certkeys = scope, .max_certkeys = max_certkeys, .version = "1.2.3", .revision = "abc"},
                            kStillClock);
}

PrometheusRecorder recorder_of_all() {
  return recorder_with(CertKeyScope::All, 2000);
}

TEST(PrometheusRecorder, ShowsEachCopyOfACertificate) {
  auto recorder = recorder_of_all();

  recorder.cert_sync(sync_named("www"),
                     {{"www-tls", "edge", "team-a_www-tls", CertificateCopy::Source, at(1000), at(4000)},
                      {"www-tls", "edge", "team-a_www-tls", CertificateCopy::Installed, at(1000), at(4000)},
                      {"www-tls", "edge", "team-a_www-tls", CertificateCopy::Served, at(500), at(2000)}},
                     {});

  const std::string labels =
      R"({namespace="team-a",name="www",secret="www-tls",appliance="edge",certkey="team-a_www-tls",copy=)";
  EXPECT_EQ(lines_of(recorder.text(), "certsync_certificate_not_after_timestamp_seconds"),
            "certsync_certificate_not_after_timestamp_seconds" + labels + "\"installed\"} 4000\n" +
                "certsync_certificate_not_after_timestamp_seconds" + labels + "\"served\"} 2000\n" +
                "certsync_certificate_not_after_timestamp_seconds" + labels + "\"source\"} 4000\n");
  EXPECT_EQ(lines_of(recorder.text(), "certsync_certificate_not_before_timestamp_seconds"),
            "certsync_certificate_not_before_timestamp_seconds" + labels + "\"installed\"} 1000\n" +
                "certsync_certificate_not_before_timestamp_seconds" + labels + "\"served\"} 500\n" +
                "certsync_certificate_not_before_timestamp_seconds" + labels + "\"source\"} 1000\n");
}

TEST(PrometheusRecorder, ATimestampKeepsItsSeconds) {
  auto recorder = recorder_of_all();

  recorder.appliance(appliance_named("edge"), CertKeys{{"www", at(1'795'435'201), true}});

  EXPECT_EQ(lines_of(recorder.text(), "certsync_appliance_certkey_not_after_timestamp_seconds"),
            "certsync_appliance_certkey_not_after_timestamp_seconds"
            "{appliance=\"edge\",certkey=\"www\",managed=\"true\"} 1795435201\n");
}

TEST(PrometheusRecorder, AnUnknownTimeHasNoSeries) {
  auto recorder = recorder_of_all();

  recorder.appliance(appliance_named("edge"), CertKeys{{"www", TimePoint{}, true}});

  EXPECT_EQ(lines_of(recorder.text(), "certsync_appliance_certkey_not_after_timestamp_seconds"), "");
}

TEST(PrometheusRecorder, ShowsAllThreeStatusesOfACondition) {
  auto recorder = recorder_of_all();

  recorder.cert_sync(sync_named("www", ConditionStatus::False), {}, {});
  recorder.appliance(appliance_named("edge", ConditionStatus::Unknown), CertKeys{});

  const auto text = recorder.text();
  EXPECT_EQ(lines_of(text, "certsync_sync_status_condition"),
            R"(certsync_sync_status_condition{namespace="team-a",name="www",condition="Ready",status="False"} 1
certsync_sync_status_condition{namespace="team-a",name="www",condition="Ready",status="True"} 0
certsync_sync_status_condition{namespace="team-a",name="www",condition="Ready",status="Unknown"} 0
)");
  EXPECT_EQ(lines_of(text, "certsync_appliance_status_condition"),
            R"(certsync_appliance_status_condition{name="edge",condition="Ready",status="False"} 0
certsync_appliance_status_condition{name="edge",condition="Ready",status="True"} 0
certsync_appliance_status_condition{name="edge",condition="Ready",status="Unknown"} 1
)");
}

TEST(PrometheusRecorder, ShowsTheReasonThatHolds) {
  auto recorder = recorder_of_all();
  auto sync = sync_named("www", ConditionStatus::False);
  auto appliance = appliance_named("edge", ConditionStatus::False);
  sync.status.conditions.front().reason = "Progressing";
  recorder.cert_sync(sync, {}, {});

  sync.status.conditions.front().reason = "WaitingForWindow";
  appliance.status.conditions.front().reason = "CredentialsRejected";
  recorder.cert_sync(sync, {}, {});
  recorder.appliance(appliance, CertKeys{});

  const auto text = recorder.text();
  EXPECT_EQ(
      lines_of(text, "certsync_sync_condition_reason"),
      R"(certsync_sync_condition_reason{namespace="team-a",name="www",condition="Ready",reason="WaitingForWindow"} 1
)");
  EXPECT_EQ(lines_of(text, "certsync_appliance_condition_reason"),
            R"(certsync_appliance_condition_reason{name="edge",condition="Ready",reason="CredentialsRejected"} 1
)");
}

TEST(PrometheusRecorder, AnApplianceThatDoesNotAnswerSaysSoAndKeepsItsCertkeys) {
  auto recorder = recorder_of_all();
  recorder.appliance(appliance_named("edge"), CertKeys{{"www", at(1'795'435'201), true}});
  auto lost = appliance_named("edge", ConditionStatus::False);
  lost.status.conditions.front().reason = "ApplianceUnreachable";

  recorder.appliance(lost, std::nullopt);

  const auto text = recorder.text();
  EXPECT_EQ(
      lines_of(text, "certsync_appliance_condition_reason"),
      "certsync_appliance_condition_reason{name=\"edge\",condition=\"Ready\",reason=\"ApplianceUnreachable\"} 1\n");
  EXPECT_EQ(
      lines_of(text, "certsync_appliance_certkey_not_after_timestamp_seconds"),
      "certsync_appliance_certkey_not_after_timestamp_seconds{appliance=\"edge\",certkey=\"www\",managed=\"true\"} "
      "1795435201\n");
}

TEST(PrometheusRecorder, CountersOfAnApplianceBeginAtZero) {
  auto recorder = recorder_of_all();

  recorder.appliance(appliance_named("edge"), CertKeys{});

  const auto text = recorder.text();
  EXPECT_EQ(lines_of(text, "certsync_drift_detected_total"), "certsync_drift_detected_total{appliance=\"edge\"} 0\n");
  EXPECT_EQ(lines_of(text, "certsync_appliance_failovers_total"),
            "certsync_appliance_failovers_total{appliance=\"edge\"} 0\n");
}

TEST(PrometheusRecorder, TheLastSuccessOutlivesAFailure) {
  auto recorder = recorder_of_all();
  auto sync = sync_named("www");
  auto appliance = appliance_named("edge");
  recorder.cert_sync(sync, {}, {});
  recorder.appliance(appliance, CertKeys{});

  sync.status.conditions.front().status = ConditionStatus::False;
  sync.status.last_sync_time = at(1'700'009'999);
  recorder.cert_sync(sync, {}, {});
  appliance.status.conditions.front().status = ConditionStatus::Unknown;
  appliance.status.last_sync_time = at(1'700'009'999);
  recorder.appliance(appliance, CertKeys{});

  const auto text = recorder.text();
  EXPECT_EQ(lines_of(text, "certsync_sync_last_success_timestamp_seconds"),
            "certsync_sync_last_success_timestamp_seconds{namespace=\"team-a\",name=\"www\"} 1700000000\n");
  EXPECT_EQ(lines_of(text, "certsync_appliance_last_success_timestamp_seconds"),
            "certsync_appliance_last_success_timestamp_seconds{appliance=\"edge\"} 1700000000\n");
}

TEST(PrometheusRecorder, WhatNeverSucceededHasNoLastSuccess) {
  auto recorder = recorder_of_all();

  recorder.cert_sync(sync_named("www", ConditionStatus::False), {}, {});

  EXPECT_EQ(lines_of(recorder.text(), "certsync_sync_last_success_timestamp_seconds"), "");
}

TEST(PrometheusRecorder, ANewPictureReplacesTheOldOne) {
  auto recorder = recorder_of_all();
  recorder.cert_sync(sync_named("www"), {}, {{"edge", "192.0.2.1:443", true}, {"edge", "192.0.2.2:443", true}});

  recorder.cert_sync(sync_named("www"), {}, {{"edge", "192.0.2.2:443/www.example.com", false}});

  EXPECT_EQ(lines_of(recorder.text(), "certsync_served_certificate_match"),
            "certsync_served_certificate_match{namespace=\"team-a\",name=\"www\",appliance=\"edge\","
            "endpoint=\"192.0.2.2:443/www.example.com\"} 0\n");
}

TEST(PrometheusRecorder, TheSameSeriesTwiceIsShownOnce) {
  auto recorder = recorder_of_all();

  recorder.appliance(appliance_named("edge"), CertKeys{{"a\x80", at(1000), false}, {"a\x81", at(2000), false}});

  EXPECT_EQ(lines_of(recorder.text(), "certsync_appliance_certkey_not_after_timestamp_seconds"),
            "certsync_appliance_certkey_not_after_timestamp_seconds"
            "{appliance=\"edge\",certkey=\"a?\",managed=\"false\"} 2000\n");
}

TEST(PrometheusRecorder, TooManyCertkeysAreCountedAsDropped) {
  auto recorder = recorder_with(CertKeyScope::All, 2);

  recorder.appliance(
      appliance_named("edge"),
      CertKeys{
          {"late", at(3000), false}, {"ours", at(9000), true}, {"soon", at(1000), false}, {"mid", at(2000), false}});

  const auto text = recorder.text();
  EXPECT_EQ(
      lines_of(text, "certsync_appliance_certkey_not_after_timestamp_seconds"),
      R"(certsync_appliance_certkey_not_after_timestamp_seconds{appliance="edge",certkey="ours",managed="true"} 9000
certsync_appliance_certkey_not_after_timestamp_seconds{appliance="edge",certkey="soon",managed="false"} 1000
)");
  EXPECT_EQ(lines_of(text, "certsync_appliance_certkeys_dropped"),
            "certsync_appliance_certkeys_dropped{appliance=\"edge\"} 2\n");
}

TEST(PrometheusRecorder, OnlyManagedCertkeysWhereThatIsWanted) {
  auto recorder = recorder_with(CertKeyScope::Managed, 2000);

  recorder.appliance(appliance_named("edge"), CertKeys{{"theirs", at(1000), false}, {"ours", at(2000), true}});

  const auto text = recorder.text();
  EXPECT_EQ(lines_of(text, "certsync_appliance_certkey_not_after_timestamp_seconds"),
            "certsync_appliance_certkey_not_after_timestamp_seconds"
            "{appliance=\"edge\",certkey=\"ours\",managed=\"true\"} 2000\n");
  EXPECT_EQ(lines_of(text, "certsync_appliance_certkeys_dropped"),
            "certsync_appliance_certkeys_dropped{appliance=\"edge\"} 0\n");
}

TEST(PrometheusRecorder, AForgottenSyncLeavesNoSeries) {
  auto recorder = recorder_of_all();
  for (const auto* name : {"www", "shop"}) {
    recorder.cert_sync(sync_named(name), {{"tls", "edge", "k", CertificateCopy::Source, at(1), at(2)}},
                       {{"edge", "192.0.2.1:443", true}});
  }

  recorder.forget_cert_sync({"team-a", "www"});

  EXPECT_EQ(recorder.text().find("name=\"www\""), std::string::npos);
  EXPECT_NE(recorder.text().find("name=\"shop\""), std::string::npos);
}

TEST(PrometheusRecorder, AForgottenApplianceLeavesNoSeries) {
  auto recorder = recorder_of_all();
  for (const auto* name : {"edge", "core"}) {
    recorder.appliance(appliance_named(name), CertKeys{{"www", at(1000), true}});
    recorder.nitro_request(name, "sslcertkey", "GET", "0", std::chrono::milliseconds(5));
    recorder.drift_detected(name);
    recorder.deploy_lag(name, std::chrono::seconds(1));
    recorder.ownership_conflicts(name, 2);
  }

  recorder.forget_appliance("edge");
  recorder.forget_appliance("never-seen");

  EXPECT_EQ(recorder.text().find("\"edge\""), std::string::npos);
  EXPECT_NE(recorder.text().find("\"core\""), std::string::npos);
}

TEST(PrometheusRecorder, AnApplianceThatComesBackCountsFromZero) {
  auto recorder = recorder_of_all();
  recorder.drift_detected("edge");
  recorder.forget_appliance("edge");

  recorder.appliance(appliance_named("edge"), CertKeys{});

  EXPECT_EQ(lines_of(recorder.text(), "certsync_drift_detected_total"),
            "certsync_drift_detected_total{appliance=\"edge\"} 0\n");
}

TEST(PrometheusRecorder, AFamilyIsOneBlockOfLines) {
  auto recorder = recorder_of_all();
  recorder.cert_sync(sync_named("www"), {}, {});
  recorder.cert_sync(sync_named("shop"), {}, {});

  const auto text = recorder.text();

  const std::string type = "# TYPE certsync_sync_status_condition gauge\n";
  EXPECT_NE(text.find(type), std::string::npos);
  EXPECT_EQ(text.find(type), text.rfind(type));
}

TEST(PrometheusRecorder, QuotesInALabelAreEscaped) {
  auto recorder = recorder_of_all();

  recorder.ownership_conflicts("a\"b\\c\nd", 1);

  EXPECT_EQ(lines_of(recorder.text(), "certsync_ownership_conflicts"),
            "certsync_ownership_conflicts{appliance=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST(PrometheusRecorder, SaysWhatRuns) {
  auto recorder = recorder_of_all();

  EXPECT_EQ(lines_of(recorder.text(), "certsync_build_info"),
            "certsync_build_info{revision=\"abc\",version=\"1.2.3\"} 1\n");
}

TEST(PrometheusRecorder, ShowsTheProcess) {
  auto recorder = recorder_of_all();

  const auto text = recorder.text();

  for (const auto* name : {"process_cpu_seconds_total", "process_open_fds", "process_max_fds", "process_threads",
                           "process_resident_memory_bytes", "process_virtual_memory_bytes"}) {
    EXPECT_TRUE(std::regex_match(lines_of(text, name), std::regex(std::string(name) + " [0-9][0-9.e+-]*\n"))) << name;
  }
  const auto start = lines_of(text, "process_start_time_seconds");
  const double age = to_unix_seconds(std::chrono::system_clock::now()) - std::stod(start.substr(start.find(' ')));
  EXPECT_GT(age, -60);
  EXPECT_LT(age, 3600);
}

}  // namespace
}  // namespace certsync::metrics::test
