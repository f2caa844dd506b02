// The domain's words as Prometheus series. All names and help texts stand in one table; they are a contract.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ports/recorder.h"

namespace prometheus {
class Collectable;
}

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
  explicit PrometheusRecorder(RecorderOptions options);
  ~PrometheusRecorder() override;

  void nitro_request(const std::string& appliance, std::string_view resource, std::string_view method,
                     const std::string& code, std::chrono::duration<double> duration) override;
  void cert_sync(const model::CertSync& sync, const std::vector<ports::CertificateSeries>& certificates,
                 const std::vector<ports::ServedSeries>& served) override;
  void appliance(const model::Appliance& appliance, const std::vector<ports::CertKeySeries>& certkeys) override;
  void forget_cert_sync(const model::ObjectRef& ref) override;
  void forget_appliance(const std::string& name) override;
  void drift_detected(const std::string& appliance) override;
  void ownership_conflicts(const std::string& appliance, std::size_t count) override;
  void deploy_lag(const std::string& appliance, std::chrono::duration<double> lag) override;
  void manifest_errors(std::size_t count) override;
  void reconcile(const std::string& controller, ports::ReconcileResult result, bool terminal,
                 std::chrono::duration<double> duration) override;
  void active_workers(const std::string& controller, int workers) override;
  void max_workers(const std::string& controller, int workers) override;
  void queue_depth(const std::string& queue, std::size_t depth) override;
  void queue_add(const std::string& queue) override;
  void queue_retry(const std::string& queue) override;
  void queue_wait(const std::string& queue, std::chrono::duration<double> waited) override;
  void queue_work(const std::string& queue, std::chrono::duration<double> worked) override;

  /// The text exposition format, for tests.
  std::string text() const;

 private:
  friend class Exposer;
  std::vector<std::shared_ptr<prometheus::Collectable>> collectables() const;

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace certsync::metrics
