// A Recorder that records nothing: for commands that serve no metrics, and as the base of one that records little.
#pragma once

#include "ports/recorder.h"

namespace certsync::ports {

class QuietRecorder : public Recorder {
 public:
  using Seconds = std::chrono::duration<double>;
  void nitro_request(const std::string&, std::string_view, std::string_view, const std::string&, Seconds) override {}
  void cert_sync(const model::CertSync&, const std::vector<CertificateSeries>&,
                 const std::vector<ServedSeries>&) override {}
  void appliance(const model::Appliance&, const std::optional<std::vector<CertKeySeries>>&) override {}
  void forget_cert_sync(const model::ObjectRef&) override {}
  void forget_appliance(const std::string&) override {}
  void drift_detected(const std::string&) override {}
  void failover(const std::string&) override {}
  void ownership_conflicts(const std::string&, std::size_t) override {}
  void deploy_lag(const std::string&, Seconds) override {}
  void manifest_errors(std::size_t) override {}
  void reconcile(const std::string&, ReconcileResult, bool, Seconds) override {}
  void reconcile_panic(const std::string&) override {}
  void active_workers(const std::string&, int) override {}
  void max_workers(const std::string&, int) override {}
  void queue_depth(const std::string&, std::size_t) override {}
  void queue_add(const std::string&) override {}
  void queue_retry(const std::string&) override {}
  void queue_wait(const std::string&, Seconds) override {}
  void queue_started(const std::string&, const std::string&) override {}
  void queue_ended(const std::string&, const std::string&) override {}
  void api_request(const std::string&, const std::string&, const std::string&, Seconds, std::size_t,
                   std::size_t) override {}
  void api_retry(const std::string&, const std::string&, const std::string&) override {}
  void ca_reload(std::string_view, std::string_view) override {}
  void leader(const std::string&, bool) override {}
  void leader_slow_path(const std::string&) override {}
  void watch_restart(const std::string&, const std::string&) override {}
  void watch_heard(const std::string&, TimePoint) override {}
  void watch_listed(const std::string&, Seconds) override {}
  void cached_objects(const std::string&, std::size_t) override {}
  void status_write(const std::string&, const std::string&) override {}
};

}  // namespace certsync::ports
