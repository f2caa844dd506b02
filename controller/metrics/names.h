// Every series this program shows: name, help text, label names. People's dashboards and alerts are written against
// these, so a change here is a change of the contract in docs/metrics.md.
#pragma once

#include <array>

namespace certsync::metrics {

constexpr std::size_t kMaxLabels = 6;

struct SeriesName {
  const char* name;
  const char* help;
  /// In the order of the values; the rest is null.
  std::array<const char*, kMaxLabels> labels{};
};

// clang-format off

// Of objects. They come and go with the object.
inline constexpr SeriesName kCertificateNotAfter{
    "certsync_certificate_not_after_timestamp_seconds", "End of a certificate's validity, for each place where a copy of it is.",
    {"namespace", "name", "secret", "appliance", "certkey", "copy"}};
inline constexpr SeriesName kCertificateNotBefore{
    "certsync_certificate_not_before_timestamp_seconds", "Start of a certificate's validity, for each place where a copy of it is.",
    {"namespace", "name", "secret", "appliance", "certkey", "copy"}};
inline constexpr SeriesName kCertKeyNotAfter{
    "certsync_appliance_certkey_not_after_timestamp_seconds", "End of validity of a certkey on an appliance, whoever put it there.",
    {"appliance", "certkey", "managed"}};
inline constexpr SeriesName kCertKeysDropped{
    "certsync_appliance_certkeys_dropped", "Certkeys without a series of their own, because the appliance has too many.",
    {"appliance"}};
inline constexpr SeriesName kSyncCondition{
    "certsync_sync_status_condition", "Conditions of a NetScalerCertSync: 1 for the status that holds.",
    {"namespace", "name", "condition", "status"}};
inline constexpr SeriesName kApplianceCondition{
    "certsync_appliance_status_condition", "Conditions of a NetScalerAppliance: 1 for the status that holds.",
    {"name", "condition", "status"}};
inline constexpr SeriesName kSyncReason{
    "certsync_sync_condition_reason", "Always 1; the label says why a condition of a NetScalerCertSync has its status.",
    {"namespace", "name", "condition", "reason"}};
inline constexpr SeriesName kApplianceReason{
    "certsync_appliance_condition_reason", "Always 1; the label says why a condition of a NetScalerAppliance has its status.",
    {"name", "condition", "reason"}};
inline constexpr SeriesName kSyncLastSuccess{
    "certsync_sync_last_success_timestamp_seconds", "When a NetScalerCertSync was last found ready.",
    {"namespace", "name"}};
inline constexpr SeriesName kApplianceLastSuccess{
    "certsync_appliance_last_success_timestamp_seconds", "When a NetScalerAppliance was last found ready.",
    {"appliance"}};
inline constexpr SeriesName kServedMatch{
    "certsync_served_certificate_match", "1 where an endpoint serves the wanted certificate.",
    {"namespace", "name", "appliance", "endpoint"}};
inline constexpr SeriesName kOwnershipConflicts{
    "certsync_ownership_conflicts", "Certkeys that are wanted but belong to somebody else.",
    {"appliance"}};

// Of the work.
inline constexpr SeriesName kDeployLag{
    "certsync_deploy_lag_seconds", "From the sight of a changed Secret until an appliance serves it.",
    {"appliance"}};
inline constexpr SeriesName kDriftDetected{
    "certsync_drift_detected_total", "Objects on an appliance that were changed by somebody else.",
    {"appliance"}};
inline constexpr SeriesName kFailovers{
    "certsync_appliance_failovers_total", "Times that another node of the HA pair was found to be the primary.",
    {"appliance"}};
inline constexpr SeriesName kManifestErrors{
    "certsync_manifest_errors", "Manifest files and documents that cannot be used.", {}};
inline constexpr SeriesName kNitroRequests{
    "certsync_nitro_requests_total", "NITRO requests by their outcome.",
    {"appliance", "resource", "method", "code"}};
inline constexpr SeriesName kNitroDuration{
    "certsync_nitro_request_duration_seconds", "How long NITRO requests took.",
    {"appliance", "resource", "method"}};
inline constexpr SeriesName kBuildInfo{
    "certsync_build_info", "Always 1; the labels say what runs.",
    {"version", "revision"}};

// The names of sigs.k8s.io/controller-runtime (pkg/internal/controller/metrics) and its workqueue (pkg/internal/metrics).
inline constexpr SeriesName kReconcileTotal{
    "controller_runtime_reconcile_total", "Total number of reconciliations per controller", {"controller", "result"}};
inline constexpr SeriesName kReconcileErrors{
    "controller_runtime_reconcile_errors_total", "Total number of reconciliation errors per controller", {"controller"}};
inline constexpr SeriesName kTerminalErrors{
    "controller_runtime_terminal_reconcile_errors_total", "Total number of terminal reconciliation errors per controller", {"controller"}};
inline constexpr SeriesName kReconcilePanics{
    "controller_runtime_reconcile_panics_total", "Total number of reconciliation panics per controller", {"controller"}};
inline constexpr SeriesName kReconcileTimeouts{
    "controller_runtime_reconcile_timeouts_total", "Total number of reconciliation timeouts per controller", {"controller"}};
inline constexpr SeriesName kReconcileTime{
    "controller_runtime_reconcile_time_seconds", "Length of time per reconciliation per controller", {"controller"}};
inline constexpr SeriesName kMaxReconciles{
    "controller_runtime_max_concurrent_reconciles", "Maximum number of concurrent reconciles per controller", {"controller"}};
inline constexpr SeriesName kActiveWorkers{
    "controller_runtime_active_workers", "Number of currently used workers per controller", {"controller"}};
inline constexpr SeriesName kQueueDepth{
    "workqueue_depth", "Current depth of workqueue by workqueue and priority", {"name", "controller", "priority"}};
inline constexpr SeriesName kQueueAdds{
    "workqueue_adds_total", "Total number of adds handled by workqueue", {"name", "controller"}};
inline constexpr SeriesName kQueueWait{
    "workqueue_queue_duration_seconds", "How long in seconds an item stays in workqueue before being requested", {"name", "controller"}};
inline constexpr SeriesName kQueueWork{
    "workqueue_work_duration_seconds", "How long in seconds processing an item from workqueue takes.", {"name", "controller"}};
inline constexpr SeriesName kQueueRetries{
    "workqueue_retries_total", "Total number of retries handled by workqueue", {"name", "controller"}};
inline constexpr SeriesName kQueueUnfinished{
    "workqueue_unfinished_work_seconds", "How many seconds of work has been done that is in progress and hasn't been observed by work_duration.", {"name", "controller"}};
inline constexpr SeriesName kQueueLongest{
    "workqueue_longest_running_processor_seconds", "How many seconds has the longest running processor for workqueue been running.", {"name", "controller"}};

// Of the cluster. The names of k8s.io/component-base (metrics/prometheus/restclient) and of controller-runtime (pkg/metrics).
inline constexpr SeriesName kApiRequests{
    "rest_client_requests_total", "Number of HTTP requests, partitioned by status code, method, and host.", {"code", "method", "host"}};
inline constexpr SeriesName kApiDuration{
    "rest_client_request_duration_seconds", "Request latency in seconds. Broken down by verb, and host.", {"verb", "host"}};
inline constexpr SeriesName kApiRetries{
    "rest_client_request_retries_total", "Number of request retries, partitioned by status code, verb, and host.", {"code", "verb", "host"}};
inline constexpr SeriesName kApiRequestSize{
    "rest_client_request_size_bytes", "Request size in bytes. Broken down by verb and host.", {"verb", "host"}};
inline constexpr SeriesName kApiResponseSize{
    "rest_client_response_size_bytes", "Response size in bytes. Broken down by verb and host.", {"verb", "host"}};
inline constexpr SeriesName kCaReloads{
    "rest_client_transport_ca_reload_total", "Number of reloads of the cluster's CA, partitioned by result and reason.", {"result", "reason"}};
inline constexpr SeriesName kLeader{
    "leader_election_master_status", "1 while this process holds the lease, 0 while it stands by.", {"name"}};
inline constexpr SeriesName kLeaderSlowPath{
    "leader_election_slowpath_total", "Total number of renewals that had to read the lease first.", {"name"}};
inline constexpr SeriesName kWatchRestarts{
    "certsync_watch_restarts_total", "Watches that had to be opened again, by what ended them.", {"resource", "reason"}};
inline constexpr SeriesName kWatchLastEvent{
    "certsync_watch_last_event_timestamp_seconds", "When a watch last brought an event or a bookmark.", {"resource"}};
inline constexpr SeriesName kWatchListDuration{
    "certsync_watch_list_duration_seconds", "How long it took to list all objects of a resource.", {"resource"}};
inline constexpr SeriesName kCachedObjects{
    "certsync_cached_objects", "Objects of a resource in memory.", {"resource"}};
inline constexpr SeriesName kStatusWrites{
    "certsync_status_writes_total", "Status writes by their result.", {"kind", "result"}};

// The names that all Prometheus clients share (prometheus.io, "Writing client libraries", process metrics).
inline constexpr SeriesName kProcessCpu{
    "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", {}};
inline constexpr SeriesName kProcessOpenFds{
    "process_open_fds", "Number of open file descriptors.", {}};
inline constexpr SeriesName kProcessMaxFds{
    "process_max_fds", "Maximum number of open file descriptors.", {}};
inline constexpr SeriesName kProcessVirtualMemory{
    "process_virtual_memory_bytes", "Virtual memory size in bytes.", {}};
inline constexpr SeriesName kProcessResidentMemory{
    "process_resident_memory_bytes", "Resident memory size in bytes.", {}};
inline constexpr SeriesName kProcessStartTime{
    "process_start_time_seconds", "Start time of the process since unix epoch in seconds.", {}};
inline constexpr SeriesName kProcessThreads{
    "process_threads", "Number of OS threads in the process.", {}};

// clang-format on

}  // namespace certsync::metrics
