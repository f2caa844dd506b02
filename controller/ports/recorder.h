// Metrics in the words of the domain. metrics/ turns them into Prometheus series; the names are in docs/metrics.md.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/appliance.h"
#include "model/cert_sync.h"

namespace certsync::ports {

enum class CertificateCopy { Source, Installed, Served };

struct CertificateSeries {
  std::string secret;
  std::string appliance;
  std::string certkey;
  CertificateCopy copy = CertificateCopy::Source;
  TimePoint not_before{};
  TimePoint not_after{};
};

struct ServedSeries {
  std::string appliance;
  /// "host:port" or "host:port/servername"
  std::string endpoint;
  bool match = false;
};

struct CertKeySeries {
  std::string certkey;
  TimePoint not_after{};
  bool managed = false;
};

enum class ReconcileResult { Success, Error, Requeue, RequeueAfter };

/// Thread-safe.
class Recorder {
 public:
  virtual ~Recorder() = default;

  /// `code`: the NITRO errorcode in decimal, "http_503", "timeout" or "lost".
  virtual void nitro_request(const std::string& appliance, std::string_view resource, std::string_view method,
                             const std::string& code, std::chrono::duration<double> duration) = 0;

  /// Replaces every series of that object with these.
  virtual void cert_sync(const model::CertSync& sync, const std::vector<CertificateSeries>& certificates,
                         const std::vector<ServedSeries>& served) = 0;
  /// `certkeys`: nothing when they could not be read; what was known of them then stays.
  virtual void appliance(const model::Appliance& appliance,
                         const std::optional<std::vector<CertKeySeries>>& certkeys) = 0;
  virtual void forget_cert_sync(const model::ObjectRef& ref) = 0;
  virtual void forget_appliance(const std::string& name) = 0;

  virtual void drift_detected(const std::string& appliance) = 0;
  /// Another node of the HA pair has become the primary.
  virtual void failover(const std::string& appliance) = 0;
  virtual void ownership_conflicts(const std::string& appliance, std::size_t count) = 0;
  virtual void deploy_lag(const std::string& appliance, std::chrono::duration<double> lag) = 0;
  virtual void manifest_errors(std::size_t count) = 0;

  virtual void reconcile(const std::string& controller, ReconcileResult result, bool terminal,
                         std::chrono::duration<double> duration) = 0;
  /// A reconciliation that ended by a defect of this program.
  virtual void reconcile_panic(const std::string& controller) = 0;
  virtual void active_workers(const std::string& controller, int workers) = 0;
  virtual void max_workers(const std::string& controller, int workers) = 0;
  virtual void queue_depth(const std::string& queue, std::size_t depth) = 0;
  virtual void queue_add(const std::string& queue) = 0;
  virtual void queue_retry(const std::string& queue) = 0;
  virtual void queue_wait(const std::string& queue, std::chrono::duration<double> waited) = 0;
  /// From one to the other a worker is busy with that key.
  virtual void queue_started(const std::string& queue, const std::string& key) = 0;
  virtual void queue_ended(const std::string& queue, const std::string& key) = 0;

  // The Kubernetes API. `method`: GET, POST, … `host`: host:port. `code`: the HTTP status, "<error>" without an answer.
  virtual void api_request(const std::string& method, const std::string& host, const std::string& code,
                           std::chrono::duration<double> took, std::size_t sent_bytes, std::size_t received_bytes) = 0;
  /// One more attempt, after one that ended with `code`.
  virtual void api_retry(const std::string& method, const std::string& host, const std::string& code) = 0;
  /// success: updated or unchanged; failure: read_error, empty or ca_parse_error.
  virtual void ca_reload(std::string_view result, std::string_view reason) = 0;
  /// False is said as soon as this process stands for the lease.
  virtual void leader(const std::string& lease, bool leading) = 0;
  /// A renewal that had to read the lease first.
  virtual void leader_slow_path(const std::string& lease) = 0;
  virtual void watch_restart(const std::string& resource, const std::string& reason) = 0;
  /// An event or a bookmark.
  virtual void watch_heard(const std::string& resource, TimePoint when) = 0;
  virtual void watch_listed(const std::string& resource, std::chrono::duration<double> took) = 0;
  virtual void cached_objects(const std::string& resource, std::size_t count) = 0;
  virtual void status_write(const std::string& kind, const std::string& result) = 0;
};

}  // namespace certsync::ports
