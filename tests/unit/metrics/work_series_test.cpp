// Counters and histograms of the work.
#include <thread>

#include "unit/metrics/exposition.h"
#include <gtest/gtest.h>

#include "metrics/prometheus_recorder.h"
#include "support/manual_clock.h"

namespace certsync::metrics::test {
namespace {

const support::ManualClock kWorkClock;

using ports::ReconcileResult;
using std::chrono::milliseconds;

TEST(WorkSeries, RequestsAreCountedByOutcome) {
  PrometheusRecorder recorder({}, kWorkClock);

  recorder.nitro_request("edge", "sslcertkey", "GET", "0", milliseconds(10));
  recorder.nitro_request("edge", "sslcertkey", "GET", "0", milliseconds(300));
  recorder.nitro_request("edge", "sslcertkey", "POST", "273", milliseconds(10));

  const auto text = recorder.text();
  EXPECT_EQ(lines_of(text, "certsync_nitro_requests_total"),
            R"(certsync_nitro_requests_total{appliance="edge",code="0",method="GET",resource="sslcertkey"} 2
certsync_nitro_requests_total{appliance="edge",code="273",method="POST",resource="sslcertkey"} 1
)");
  EXPECT_EQ(lines_of(text, "certsync_nitro_request_duration_seconds_count"),
            R"(certsync_nitro_request_duration_seconds_count{appliance="edge",method="GET",resource="sslcertkey"} 2
certsync_nitro_request_duration_seconds_count{appliance="edge",method="POST",resource="sslcertkey"} 1
)");
  EXPECT_TRUE(has_line(
      text,
      R"(certsync_nitro_request_duration_seconds_bucket{appliance="edge",method="GET",resource="sslcertkey",le="0.25"} 1)"));
}

TEST(WorkSeries, AnApplianceOfEndlessCodesCannotFillTheMemory) {
  PrometheusRecorder recorder({}, kWorkClock);

  for (int code = 0; code < 600; ++code) {
    recorder.nitro_request("edge", "sslcertkey", "GET", std::to_string(code), milliseconds(1));
  }

  const auto lines = lines_of(recorder.text(), "certsync_nitro_requests_total");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 501);
  EXPECT_TRUE(has_line(
      lines, R"(certsync_nitro_requests_total{appliance="edge",code="other",method="other",resource="other"} 100)"));
}

TEST(WorkSeries, ADeploymentFallsIntoItsBucket) {
  PrometheusRecorder recorder({}, kWorkClock);

  recorder.deploy_lag("edge", std::chrono::seconds(45));

  const auto text = recorder.text();
  EXPECT_TRUE(has_line(text, "certsync_deploy_lag_seconds_bucket{appliance=\"edge\",le=\"30\"} 0"));
  EXPECT_TRUE(has_line(text, "certsync_deploy_lag_seconds_bucket{appliance=\"edge\",le=\"60\"} 1"));
  EXPECT_TRUE(has_line(text, "certsync_deploy_lag_seconds_bucket{appliance=\"edge\",le=\"3600\"} 1"));
}

TEST(WorkSeries, ManifestErrorsAreThereFromTheStart) {
  PrometheusRecorder recorder({}, kWorkClock);

  EXPECT_EQ(lines_of(recorder.text(), "certsync_manifest_errors"), "certsync_manifest_errors 0\n");
  recorder.manifest_errors(3);
  EXPECT_EQ(lines_of(recorder.text(), "certsync_manifest_errors"), "certsync_manifest_errors 3\n");
}

TEST(WorkSeries, EveryResultIsThereFromTheStart) {
  PrometheusRecorder recorder({}, kWorkClock);

  recorder.max_workers("appliance", 4);

  const auto text = recorder.text();
  EXPECT_EQ(lines_of(text, "controller_runtime_reconcile_total"),
            R"(controller_runtime_reconcile_total{controller="appliance",result="error"} 0
controller_runtime_reconcile_total{controller="appliance",result="requeue"} 0
controller_runtime_reconcile_total{controller="appliance",result="requeue_after"} 0
controller_runtime_reconcile_total{controller="appliance",result="success"} 0
)");
  EXPECT_TRUE(has_line(text, "controller_runtime_reconcile_errors_total{controller=\"appliance\"} 0"));
  EXPECT_TRUE(has_line(text, "controller_runtime_terminal_reconcile_errors_total{controller=\"appliance\"} 0"));
  EXPECT_TRUE(has_line(text, "controller_runtime_reconcile_time_seconds_count{controller=\"appliance\"} 0"));
  EXPECT_TRUE(has_line(text, "controller_runtime_max_concurrent_reconciles{controller=\"appliance\"} 4"));
}

TEST(WorkSeries, ATerminalErrorCountsAsAnErrorToo) {
  PrometheusRecorder recorder({}, kWorkClock);

  recorder.reconcile("appliance", ReconcileResult::Error, false, milliseconds(1));
  recorder.reconcile("appliance", ReconcileResult::Error, true, milliseconds(1));
  recorder.reconcile("appliance", ReconcileResult::RequeueAfter, false, milliseconds(120));

  const auto text = recorder.text();
  EXPECT_TRUE(has_line(text, R"(controller_runtime_reconcile_total{controller="appliance",result="error"} 2)"));
  EXPECT_TRUE(has_line(text, R"(controller_runtime_reconcile_total{controller="appliance",result="requeue_after"} 1)"));
  EXPECT_TRUE(has_line(text, "controller_runtime_reconcile_errors_total{controller=\"appliance\"} 2"));
  EXPECT_TRUE(has_line(text, "controller_runtime_terminal_reconcile_errors_total{controller=\"appliance\"} 1"));
  EXPECT_TRUE(has_line(text, R"(controller_runtime_reconcile_time_seconds_bucket{controller="appliance",le="0.1"} 2)"));
  EXPECT_TRUE(has_line(text, R"(controller_runtime_reconcile_time_seconds_bucket{controller="appliance",le="60"} 3)"));
}

TEST(WorkSeries, TheQueueHasTheNamesOfControllerRuntime) {
  support::ManualClock clock;
  PrometheusRecorder recorder({}, clock);

  recorder.queue_add("appliance");
  recorder.queue_retry("appliance");
  recorder.queue_depth("appliance", 7);
  recorder.queue_wait("appliance", milliseconds(50));
  recorder.queue_started("appliance", "edge");
  clock.advance(milliseconds(500));
  recorder.queue_ended("appliance", "edge");
  recorder.active_workers("appliance", 2);

  const auto text = recorder.text();
  for (const auto* line : {
           R"(workqueue_adds_total{controller="appliance",name="appliance"} 1)",
           R"(workqueue_retries_total{controller="appliance",name="appliance"} 1)",
           R"(workqueue_depth{controller="appliance",name="appliance",priority=""} 7)",
           R"(workqueue_queue_duration_seconds_bucket{controller="appliance",name="appliance",le="0.01"} 0)",
           R"(workqueue_queue_duration_seconds_bucket{controller="appliance",name="appliance",le="1"} 1)",
           R"(workqueue_work_duration_seconds_bucket{controller="appliance",name="appliance",le="0.1"} 0)",
           R"(workqueue_work_duration_seconds_bucket{controller="appliance",name="appliance",le="1"} 1)",
           R"(controller_runtime_active_workers{controller="appliance"} 2)",
       }) {
    EXPECT_TRUE(has_line(text, line)) << line;
  }
}

TEST(WorkSeries, WorkUnderWayGrowsFromScrapeToScrape) {
  support::ManualClock clock;
  PrometheusRecorder recorder({}, clock);
  const auto shown = [&] {
    const auto text = recorder.text();
    return lines_of(text, "workqueue_unfinished_work_seconds") +
           lines_of(text, "workqueue_longest_running_processor_seconds");
  };
  const std::string queue = R"({name="appliance",controller="appliance"} )";
  const auto lines = [&](const std::string& unfinished, const std::string& longest) {
    return "workqueue_unfinished_work_seconds" + queue + unfinished + "\n" +
           "workqueue_longest_running_processor_seconds" + queue + longest + "\n";
  };

  recorder.queue_started("appliance", "edge");
  clock.advance(milliseconds(2000));
  recorder.queue_started("appliance", "core");
  clock.advance(milliseconds(1500));
  EXPECT_EQ(shown(), lines("5", "3.5"));

  recorder.queue_ended("appliance", "edge");
  EXPECT_EQ(shown(), lines("1.5", "1.5"));
  recorder.queue_ended("appliance", "core");
  EXPECT_EQ(shown(), lines("0", "0"));
}

TEST(WorkSeries, ADefectIsCountedAndTheZeroComesFirst) {
  PrometheusRecorder recorder({}, kWorkClock);
  recorder.max_workers("appliance", 4);
  EXPECT_TRUE(has_line(recorder.text(), "controller_runtime_reconcile_panics_total{controller=\"appliance\"} 0"));

  recorder.reconcile_panic("appliance");

  const auto text = recorder.text();
  EXPECT_TRUE(has_line(text, "controller_runtime_reconcile_panics_total{controller=\"appliance\"} 1"));
  EXPECT_TRUE(has_line(text, "controller_runtime_reconcile_timeouts_total{controller=\"appliance\"} 0"));
}

TEST(WorkSeries, FourThreadsMayRecordWhileOneForgetsAndOneReads) {
  PrometheusRecorder recorder({}, kWorkClock);
  const auto work = [&] {
    for (int i = 0; i < 200; ++i) {
      recorder.nitro_request("stays", "sslcertkey", "GET", "0", milliseconds(1));
      recorder.nitro_request("goes", "sslcertkey", "GET", "0", milliseconds(1));
      recorder.deploy_lag("goes", milliseconds(1));
      recorder.ownership_conflicts("goes", 1);
      recorder.queue_add("appliance");
      recorder.queue_started("appliance", "edge");
      recorder.queue_ended("appliance", "edge");
      recorder.api_request("GET", "192.0.2.1:6443", "200", milliseconds(1), 0, 100);
      recorder.reconcile("appliance", ReconcileResult::Success, false, milliseconds(1));
    }
  };

  {
    std::vector<std::jthread> threads;
    threads.reserve(6);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back(work);
    }
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        recorder.forget_appliance("goes");
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_FALSE(recorder.text().empty());
      }
    });
  }

  const auto text = recorder.text();
  EXPECT_TRUE(has_line(
      text, R"(certsync_nitro_requests_total{appliance="stays",code="0",method="GET",resource="sslcertkey"} 800)"));
  EXPECT_TRUE(has_line(text, R"(workqueue_adds_total{controller="appliance",name="appliance"} 800)"));
  EXPECT_TRUE(has_line(text, R"(controller_runtime_reconcile_total{controller="appliance",result="success"} 800)"));
}

}  // namespace
}  // namespace certsync::metrics::test
