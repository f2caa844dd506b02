// The domain's words as Prometheus series. All names and help texts stand in one table; they are a contract.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ports/recorder.h"

namespace certsync::metrics {

enum class CertKeyScope { All, Managed };

struct RecorderOptions {
  CertKeyScope certkeys = CertKeyScope::All;
  /// Series of certsync_appliance_certkey_not_after_timestamp_seconds per appliance; the rest is counted as dropped.
  std::size_t max_certkeys = 2000;
  std::string version;
  std::string revision;
};

/// Thread-safe.
class PrometheusRecorder final : public ports::Recorder {
 public:
  /// `clock`: for work that is under way at a scrape.
  PrometheusRecorder(RecorderOptions options, const Clock& clock);
  ~PrometheusRecorder() override;

  void nitro_request(const std::string& appliance, std::string_view resource, std::string_view method,
                     const std::string& code, std::chrono::duration<double> duration) override;
  void cert_sync(const model::CertSync& sync, const std::vector<ports::CertificateSeries>& certificates,
                 const std::vector<ports::ServedSeries>& served) override;
  void appliance(const model::Appliance& appliance,
                 const std::optional<std::vector<ports::CertKeySeries>>& certkeys) override;
  void forget_cert_sync(const model::ObjectRef& ref) override;
  void forget_appliance(const std::string& name) override;
  void drift_detected(const std::string& appliance) override;
  void failover(const std::string& appliance) override;
  void ownership_conflicts(const std::string& appliance, std::size_t count) override;
  void deploy_lag(const std::string& appliance, std::chrono::duration<double> lag) override;
  void manifest_errors(std::size_t count) override;
  void reconcile(const std::string& controller, ports::ReconcileResult result, bool terminal,
                 std::chrono::duration<double> duration) override;
  void reconcile_panic(const std::string& controller) override;
  void active_workers(const std::string& controller, int workers) override;
  void max_workers(const std::string& controller, int workers) override;
  void queue_depth(const std::string& queue, std::size_t depth) override;
  void queue_add(const std::string& queue) override;
  void queue_retry(const std::string& queue) override;
  void queue_wait(const std::string& queue, std::chrono::duration<double> waited) override;
  void queue_started(const std::string& queue, const std::string& key) override;
  void queue_ended(const std::string& queue, const std::string& key) override;
  void api_request(const std::string& method, const std::string& host, const std::string& code,
                   std::chrono::duration<double> took, std::size_t sent_bytes, std::size_t received_bytes) override;
  void api_retry(const std::string& method, const std::string& host, const std::string& code) override;
  void ca_reload(std::string_view result, std::string_view reason) override;
  void leader(const std::string& lease, bool leading) override;
  void leader_slow_path(const std::string& lease) override;
  void watch_restart(const std::string& resource, const std::string& reason) override;
  void watch_heard(const std::string& resource, TimePoint when) override;
  void watch_listed(const std::string& resource, std::chrono::duration<double> took) override;
  void cached_objects(const std::string& resource, std::size_t count) override;
  void status_write(const std::string& kind, const std::string& result) override;

  /// All series in Prometheus' text exposition format.
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace certsync::metrics
