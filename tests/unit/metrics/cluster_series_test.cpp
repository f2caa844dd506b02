// What the Kubernetes side of the program shows.
#include "unit/metrics/exposition.h"
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "metrics/prometheus_recorder.h"
#include "support/manual_clock.h"

namespace certsync::metrics::test {
namespace {

using std::chrono::milliseconds;

class ClusterSeries : public testing::Test {
 protected:
  /// Exactly these series have this name.
  void expect(const std::string& name, const std::string& lines) const {
    EXPECT_EQ(lines_of(recorder_.text(), name), lines);
  }
  void expect_line(const std::string& line) const { EXPECT_TRUE(has_line(recorder_.text(), line)) << line; }

  support::ManualClock clock_;
  PrometheusRecorder recorder_{{}, clock_};
};

TEST_F(ClusterSeries, AProgramWithoutAClusterShowsNone) {
  const auto text = recorder_.text();

  for (const auto* name : {"rest_client_", "leader_election_", "certsync_watch_", "certsync_cached_objects"})
    EXPECT_EQ(text.find(name), std::string::npos) << name;
}

TEST_F(ClusterSeries, ARequestHasTheNamesOfClientGo) {
  recorder_.api_request("GET", "192.0.2.1:6443", "200", milliseconds(30), 0, 2000);
  recorder_.api_request("GET", "192.0.2.1:6443", "<error>", milliseconds(20000), 0, 0);
  recorder_.api_request("PATCH", "192.0.2.1:6443", "409", milliseconds(1), 300, 60);
  recorder_.api_retry("GET", "192.0.2.1:6443", "429");

  expect("rest_client_requests_total",
         R"(rest_client_requests_total{code="200",host="192.0.2.1:6443",method="GET"} 1
rest_client_requests_total{code="409",host="192.0.2.1:6443",method="PATCH"} 1
rest_client_requests_total{code="<error>",host="192.0.2.1:6443",method="GET"} 1
)");
  expect("rest_client_request_retries_total",
         R"(rest_client_request_retries_total{code="429",host="192.0.2.1:6443",verb="GET"} 1
)");
  const std::string get = R"({host="192.0.2.1:6443",verb="GET",le=)";
  const std::string patch = R"({host="192.0.2.1:6443",verb="PATCH",le=)";
  expect_line("rest_client_request_duration_seconds_bucket" + get + "\"0.025\"} 0");
  expect_line("rest_client_request_duration_seconds_bucket" + get + "\"0.1\"} 1");
  expect_line("rest_client_request_duration_seconds_bucket" + get + "\"30\"} 2");
  expect_line("rest_client_request_size_bytes_bucket" + patch + "\"256\"} 0");
  expect_line("rest_client_request_size_bytes_bucket" + patch + "\"512\"} 1");
  expect_line("rest_client_response_size_bytes_bucket" + get + "\"1024\"} 1");
  expect_line("rest_client_response_size_bytes_bucket" + get + "\"4096\"} 2");
}

TEST_F(ClusterSeries, EveryOutcomeOfAReloadIsThereFromTheFirst) {
  recorder_.ca_reload("success", "updated");

  expect("rest_client_transport_ca_reload_total",
         R"(rest_client_transport_ca_reload_total{reason="ca_parse_error",result="failure"} 0
rest_client_transport_ca_reload_total{reason="empty",result="failure"} 0
rest_client_transport_ca_reload_total{reason="read_error",result="failure"} 0
rest_client_transport_ca_reload_total{reason="unchanged",result="success"} 0
rest_client_transport_ca_reload_total{reason="updated",result="success"} 1
)");
}

TEST_F(ClusterSeries, AStandbyShowsZeroUntilItLeads) {
  recorder_.leader("certsync", false);
  expect("leader_election_master_status", "leader_election_master_status{name=\"certsync\"} 0\n");
  expect("leader_election_slowpath_total", "leader_election_slowpath_total{name=\"certsync\"} 0\n");

  recorder_.leader("certsync", true);
  recorder_.leader_slow_path("certsync");
  expect("leader_election_master_status", "leader_election_master_status{name=\"certsync\"} 1\n");
  expect("leader_election_slowpath_total", "leader_election_slowpath_total{name=\"certsync\"} 1\n");
}

TEST_F(ClusterSeries, AWatchTellsWhenItWasLastHeard) {
  recorder_.watch_listed("secrets", milliseconds(300));
  recorder_.watch_heard("secrets", TimePoint(std::chrono::seconds(1'795'435'201)));
  recorder_.watch_restart("secrets", "expired");
  recorder_.watch_restart("secrets", "expired");
  recorder_.cached_objects("secrets", 12);
  recorder_.cached_objects("secrets", 11);

  expect("certsync_watch_last_event_timestamp_seconds",
         "certsync_watch_last_event_timestamp_seconds{resource=\"secrets\"} 1795435201\n");
  expect("certsync_watch_restarts_total", R"(certsync_watch_restarts_total{reason="expired",resource="secrets"} 2
)");
  expect("certsync_cached_objects", "certsync_cached_objects{resource=\"secrets\"} 11\n");
  expect_line(R"(certsync_watch_list_duration_seconds_bucket{resource="secrets",le="0.25"} 0)");
  expect_line(R"(certsync_watch_list_duration_seconds_bucket{resource="secrets",le="0.5"} 1)");
}

TEST_F(ClusterSeries, StatusWritesAreCountedByResult) {
  recorder_.status_write("NetScalerCertSync", "success");
  recorder_.status_write("NetScalerCertSync", "conflict");
  recorder_.status_write("NetScalerCertSync", "success");

  expect("certsync_status_writes_total",
         R"(certsync_status_writes_total{kind="NetScalerCertSync",result="conflict"} 1
certsync_status_writes_total{kind="NetScalerCertSync",result="success"} 2
)");
}

}  // namespace
}  // namespace certsync::metrics::test
