#include "metrics/prometheus_recorder.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include <prometheus/text_serializer.h>

#include "base/time_text.h"
#include "metrics/cluster_series.h"
#include "metrics/families.h"
#include "metrics/label.h"
#include "metrics/object_series.h"
#include "metrics/process_series.h"
#include "metrics/queue_series.h"

namespace certsync::metrics {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using Kind = ObjectSeries::Kind;

// An appliance's error codes are a closed list; whatever answers in its place may have others.
constexpr std::size_t kMaxRequestSeries = 500;

const Buckets& lag_buckets() {
  static const Buckets buckets{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600};
  return buckets;
}

const Buckets& reconcile_buckets() {
  static const Buckets buckets{0.005, 0.01, 0.025, 0.05, 0.1,  0.15, 0.2,  0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6,
                               0.7,   0.8,  0.9,   1,    1.25, 1.5,  1.75, 2,    2.5, 3,    3.5, 4,    4.5, 5,
                               6,     7,    8,     9,    10,   15,   20,   25,   30,  40,   50,  60};
  return buckets;
}

std::string_view to_text(ports::CertificateCopy copy) {
  switch (copy) {
    case ports::CertificateCopy::Source:
      return "source";
    case ports::CertificateCopy::Installed:
      return "installed";
    case ports::CertificateCopy::Served:
      break;
  }
  return "served";
}

constexpr std::array kResults = {ports::ReconcileResult::Success, ports::ReconcileResult::Error,
                                 ports::ReconcileResult::Requeue, ports::ReconcileResult::RequeueAfter};

std::string_view to_text(ports::ReconcileResult result) {
  switch (result) {
    case ports::ReconcileResult::Success:
      return "success";
    case ports::ReconcileResult::Error:
      return "error";
    case ports::ReconcileResult::Requeue:
      return "requeue";
    case ports::ReconcileResult::RequeueAfter:
      break;
  }
  return "requeue_after";
}

/// A time nobody knows has no series: 0 would look as if it had expired in 1970.
void set_time(Samples& samples, const SeriesName& name, std::vector<std::string> labels, TimePoint time) {
  if (time != TimePoint{}) samples.set(name, std::move(labels), to_unix_seconds(time));
}

/// `who`: the label values that name the object.
void set_conditions(Samples& samples, const SeriesName& status_name, const SeriesName& reason_name,
                    const std::vector<std::string>& who, const model::Conditions& conditions) {
  const auto labels_of_condition = [&](const model::Condition& condition, std::string_view last) {
    auto labels = who;
    labels.push_back(condition.type);
    labels.emplace_back(last);
    return labels;
  };
  constexpr std::array kStatuses = {model::ConditionStatus::True, model::ConditionStatus::False,
                                    model::ConditionStatus::Unknown};
  for (const auto& condition : conditions) {
    for (const auto status : kStatuses) {
      samples.set(status_name, labels_of_condition(condition, model::to_text(status)),
                  condition.status == status ? 1 : 0);
    }
    samples.set(reason_name, labels_of_condition(condition, condition.reason), 1);
  }
}

bool is_ready(const model::Conditions& conditions) {
  const auto* ready = model::find_condition(conditions, "Ready");
  return ready != nullptr && ready->status == model::ConditionStatus::True;
}

/// Ours first, then what ends soonest: the ones that matter when there is no room for all.
std::vector<ports::CertKeySeries> by_weight(std::vector<ports::CertKeySeries> certkeys, CertKeyScope scope) {
  if (scope == CertKeyScope::Managed) std::erase_if(certkeys, [](const auto& certkey) { return !certkey.managed; });
  std::sort(certkeys.begin(), certkeys.end(), [](const auto& left, const auto& right) {
    return std::tuple(!left.managed, left.not_after, std::string_view(left.certkey)) <
           std::tuple(!right.managed, right.not_after, std::string_view(right.certkey));
  });
  return certkeys;
}

void set_certkeys(Samples& samples, const std::string& appliance, const std::vector<ports::CertKeySeries>& ordered,
                  std::size_t most) {
  const auto shown = std::min(ordered.size(), most);
  for (std::size_t i = 0; i < shown; ++i) {
    set_time(samples, kCertKeyNotAfter, {appliance, ordered[i].certkey, ordered[i].managed ? "true" : "false"},
             ordered[i].not_after);
  }
  samples.set(kCertKeysDropped, {appliance}, static_cast<double>(ordered.size() - shown));
}

}  // namespace

// Meters of an appliance are touched only under the mutex: prometheus-cpp's Remove frees them.
struct PrometheusRecorder::Impl {
  struct Meters {
    std::map<std::tuple<std::string, std::string, std::string>, Counter*> requests;
    std::map<std::pair<std::string, std::string>, Histogram*> durations;
    Counter* drift = nullptr;
    Counter* failover = nullptr;
    Histogram* lag = nullptr;
  };

  Impl(RecorderOptions options_, const Clock& clock) : options(std::move(options_)), queues(registry, clock) {
    gauges(registry, kBuildInfo).Add(labels_of(kBuildInfo, {options.version, options.revision})).Set(1);
  }

  Counter& requests(const std::string& appliance, const std::string& resource, const std::string& method,
                    const std::string& code);
  Histogram& duration(const std::string& appliance, const std::string& resource, const std::string& method);
  Counter& drift(const std::string& appliance);
  Counter& failover(const std::string& appliance);
  Histogram& lag(const std::string& appliance);
  void know_controller(const std::string& controller);

  const RecorderOptions options;
  prometheus::Registry registry;
  ObjectSeries objects;
  QueueSeries queues;

  Family<Counter>& nitro_requests = counters(registry, kNitroRequests);
  Family<Histogram>& nitro_duration = histograms(registry, kNitroDuration);
  Family<Counter>& drift_detected = counters(registry, kDriftDetected);
  Family<Counter>& failovers = counters(registry, kFailovers);
  Family<Histogram>& deploy_lag = histograms(registry, kDeployLag);
  Gauge& manifest_errors = gauges(registry, kManifestErrors).Add({});
  Family<Counter>& reconcile_total = counters(registry, kReconcileTotal);
  Family<Counter>& reconcile_errors = counters(registry, kReconcileErrors);
  Family<Counter>& terminal_errors = counters(registry, kTerminalErrors);
  Family<Counter>& panics = counters(registry, kReconcilePanics);
  Family<Counter>& timeouts = counters(registry, kReconcileTimeouts);
  Family<Histogram>& reconcile_time = histograms(registry, kReconcileTime);
  Family<Gauge>& max_reconciles = gauges(registry, kMaxReconciles);
  Family<Gauge>& active_workers = gauges(registry, kActiveWorkers);
  ClusterSeries cluster{registry};

  std::mutex mutex;
  std::map<std::string, Meters> meters;
};

Counter& PrometheusRecorder::Impl::requests(const std::string& appliance, const std::string& resource,
                                            const std::string& method, const std::string& code) {
  auto& known = meters[appliance].requests;
  const auto found = known.find({resource, method, code});
  if (found != known.end()) return *found->second;
  const std::string shown = known.size() < kMaxRequestSeries ? code : "other";
  const auto at =
      known.size() < kMaxRequestSeries ? std::tuple(resource, method, code) : std::tuple(shown, shown, shown);
  auto*& meter = known[at];
  if (meter == nullptr) {
    const auto labels = labels_of(kNitroRequests, {appliance, std::get<0>(at), std::get<1>(at), shown});
    meter = &nitro_requests.Add(labels);
  }
  return *meter;
}

Histogram& PrometheusRecorder::Impl::duration(const std::string& appliance, const std::string& resource,
                                              const std::string& method) {
  auto*& meter = meters[appliance].durations[{resource, method}];
  if (meter == nullptr)
    meter = &nitro_duration.Add(labels_of(kNitroDuration, {appliance, resource, method}), request_buckets());
  return *meter;
}

Counter& PrometheusRecorder::Impl::drift(const std::string& appliance) {
  auto*& meter = meters[appliance].drift;
  if (meter == nullptr) meter = &drift_detected.Add(labels_of(kDriftDetected, {appliance}));
  return *meter;
}

Counter& PrometheusRecorder::Impl::failover(const std::string& appliance) {
  auto*& meter = meters[appliance].failover;
  if (meter == nullptr) meter = &failovers.Add(labels_of(kFailovers, {appliance}));
  return *meter;
}

Histogram& PrometheusRecorder::Impl::lag(const std::string& appliance) {
  auto*& meter = meters[appliance].lag;
  if (meter == nullptr) meter = &deploy_lag.Add(labels_of(kDeployLag, {appliance}), lag_buckets());
  return *meter;
}

/// All series of a controller exist from the start, as controller-runtime has it: rate() needs the 0 before the 1.
void PrometheusRecorder::Impl::know_controller(const std::string& controller) {
  for (const auto result : kResults) {
    reconcile_total.Add(labels_of(kReconcileTotal, {controller, to_text(result)}));
  }
  reconcile_errors.Add(labels_of(kReconcileErrors, {controller}));
  terminal_errors.Add(labels_of(kTerminalErrors, {controller}));
  panics.Add(labels_of(kReconcilePanics, {controller}));
  timeouts.Add(labels_of(kReconcileTimeouts, {controller}));
  reconcile_time.Add(labels_of(kReconcileTime, {controller}), reconcile_buckets());
}

PrometheusRecorder::PrometheusRecorder(RecorderOptions options, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), clock)) {}
PrometheusRecorder::~PrometheusRecorder() = default;

void PrometheusRecorder::nitro_request(const std::string& appliance, std::string_view resource, std::string_view method,
                                       const std::string& code, std::chrono::duration<double> duration) {
  const auto what = to_label(resource);
  const auto how = to_label(method);
  std::lock_guard lock(impl_->mutex);
  impl_->requests(appliance, what, how, to_label(code)).Increment();
  impl_->duration(appliance, what, how).Observe(duration.count());
}

void PrometheusRecorder::cert_sync(const model::CertSync& sync,
                                   const std::vector<ports::CertificateSeries>& certificates,
                                   const std::vector<ports::ServedSeries>& served) {
  const auto& [space, name] = sync.meta.ref;
  Samples samples;
  for (const auto& certificate : certificates) {
    const std::vector<std::string> labels{space,
                                          name,
                                          certificate.secret,
                                          certificate.appliance,
                                          certificate.certkey,
                                          std::string(to_text(certificate.copy))};
    set_time(samples, kCertificateNotAfter, labels, certificate.not_after);
    set_time(samples, kCertificateNotBefore, labels, certificate.not_before);
  }
  for (const auto& endpoint : served) {
    samples.set(kServedMatch, {space, name, endpoint.appliance, endpoint.endpoint}, endpoint.match ? 1 : 0);
  }
  set_conditions(samples, kSyncCondition, kSyncReason, {space, name}, sync.status.conditions);
  if (is_ready(sync.status.conditions))
    set_time(samples, kSyncLastSuccess, {space, name}, sync.status.last_sync_time.value_or(TimePoint{}));
  impl_->objects.replace({Kind::CertSync, model::to_text(sync.meta.ref)}, samples, {&kSyncLastSuccess});
}

void PrometheusRecorder::appliance(const model::Appliance& appliance,
                                   const std::optional<std::vector<ports::CertKeySeries>>& certkeys) {
  const auto& name = appliance.meta.ref.name;
  Samples samples;
  std::vector<const SeriesName*> kept = {&kApplianceLastSuccess};
  if (certkeys) {
    set_certkeys(samples, name, by_weight(*certkeys, impl_->options.certkeys), impl_->options.max_certkeys);
  } else {
    kept.insert(kept.end(), {&kCertKeyNotAfter, &kCertKeysDropped});
  }
  set_conditions(samples, kApplianceCondition, kApplianceReason, {name}, appliance.status.conditions);
  if (is_ready(appliance.status.conditions))
    set_time(samples, kApplianceLastSuccess, {name}, appliance.status.last_sync_time.value_or(TimePoint{}));
  impl_->objects.replace({Kind::Appliance, name}, samples, kept);

  // rate() and increase() need the 0 before the 1.
  std::lock_guard lock(impl_->mutex);
  impl_->drift(name);
  impl_->failover(name);
}

void PrometheusRecorder::forget_cert_sync(const model::ObjectRef& ref) {
  impl_->objects.forget({Kind::CertSync, model::to_text(ref)});
}

void PrometheusRecorder::forget_appliance(const std::string& name) {
  impl_->objects.forget({Kind::Appliance, name});
  impl_->objects.forget({Kind::Ownership, name});
  std::lock_guard lock(impl_->mutex);
  const auto found = impl_->meters.find(name);
  if (found == impl_->meters.end()) return;
  for (const auto& [key, meter] : found->second.requests) {
    impl_->nitro_requests.Remove(meter);
  }
  for (const auto& [key, meter] : found->second.durations) {
    impl_->nitro_duration.Remove(meter);
  }
  if (found->second.drift != nullptr) impl_->drift_detected.Remove(found->second.drift);
  if (found->second.failover != nullptr) impl_->failovers.Remove(found->second.failover);
  if (found->second.lag != nullptr) impl_->deploy_lag.Remove(found->second.lag);
  impl_->meters.erase(found);
}

void PrometheusRecorder::drift_detected(const std::string& appliance) {
  std::lock_guard lock(impl_->mutex);
  impl_->drift(appliance).Increment();
}

void PrometheusRecorder::failover(const std::string& appliance) {
  std::lock_guard lock(impl_->mutex);
  impl_->failover(appliance).Increment();
}

void PrometheusRecorder::ownership_conflicts(const std::string& appliance, std::size_t count) {
  Samples samples;
  samples.set(kOwnershipConflicts, {appliance}, static_cast<double>(count));
  impl_->objects.replace({Kind::Ownership, appliance}, samples);
}

void PrometheusRecorder::deploy_lag(const std::string& appliance, std::chrono::duration<double> lag) {
  std::lock_guard lock(impl_->mutex);
  impl_->lag(appliance).Observe(lag.count());
}

void PrometheusRecorder::manifest_errors(std::size_t count) {
  impl_->manifest_errors.Set(static_cast<double>(count));
}

void PrometheusRecorder::reconcile(const std::string& controller, ports::ReconcileResult result, bool terminal,
                                   std::chrono::duration<double> duration) {
  const bool failed = result == ports::ReconcileResult::Error;
  impl_->know_controller(controller);
  impl_->reconcile_total.Add(labels_of(kReconcileTotal, {controller, to_text(result)})).Increment();
  if (failed) impl_->reconcile_errors.Add(labels_of(kReconcileErrors, {controller})).Increment();
  if (failed && terminal) impl_->terminal_errors.Add(labels_of(kTerminalErrors, {controller})).Increment();
  impl_->reconcile_time.Add(labels_of(kReconcileTime, {controller}), reconcile_buckets()).Observe(duration.count());
}

void PrometheusRecorder::reconcile_panic(const std::string& controller) {
  impl_->know_controller(controller);
  impl_->panics.Add(labels_of(kReconcilePanics, {controller})).Increment();
}

void PrometheusRecorder::active_workers(const std::string& controller, int workers) {
  impl_->know_controller(controller);
  impl_->active_workers.Add(labels_of(kActiveWorkers, {controller})).Set(workers);
}

void PrometheusRecorder::max_workers(const std::string& controller, int workers) {
  impl_->know_controller(controller);
  impl_->max_reconciles.Add(labels_of(kMaxReconciles, {controller})).Set(workers);
}

void PrometheusRecorder::queue_depth(const std::string& queue, std::size_t depth) {
  impl_->queues.depth(queue, depth);
}

void PrometheusRecorder::queue_add(const std::string& queue) {
  impl_->queues.added(queue);
}

void PrometheusRecorder::queue_retry(const std::string& queue) {
  impl_->queues.retried(queue);
}

void PrometheusRecorder::queue_wait(const std::string& queue, std::chrono::duration<double> waited) {
  impl_->queues.waited(queue, waited);
}

void PrometheusRecorder::queue_started(const std::string& queue, const std::string& key) {
  impl_->queues.started(queue, key);
}

void PrometheusRecorder::queue_ended(const std::string& queue, const std::string& key) {
  impl_->queues.ended(queue, key);
}

void PrometheusRecorder::api_request(const std::string& method, const std::string& host, const std::string& code,
                                     std::chrono::duration<double> took, std::size_t sent_bytes,
                                     std::size_t received_bytes) {
  impl_->cluster.request(method, host, code, took, sent_bytes, received_bytes);
}

void PrometheusRecorder::api_retry(const std::string& method, const std::string& host, const std::string& code) {
  impl_->cluster.retry(method, host, code);
}

void PrometheusRecorder::ca_reload(std::string_view result, std::string_view reason) {
  impl_->cluster.ca_reload(result, reason);
}

void PrometheusRecorder::leader(const std::string& lease, bool leading) {
  impl_->cluster.leader(lease, leading);
}

void PrometheusRecorder::leader_slow_path(const std::string& lease) {
  impl_->cluster.leader_slow_path(lease);
}

void PrometheusRecorder::watch_restart(const std::string& resource, const std::string& reason) {
  impl_->cluster.watch_restart(resource, reason);
}

void PrometheusRecorder::watch_heard(const std::string& resource, TimePoint when) {
  impl_->cluster.watch_heard(resource, when);
}

void PrometheusRecorder::watch_listed(const std::string& resource, std::chrono::duration<double> took) {
  impl_->cluster.watch_listed(resource, took);
}

void PrometheusRecorder::cached_objects(const std::string& resource, std::size_t count) {
  impl_->cluster.cached_objects(resource, count);
}

void PrometheusRecorder::status_write(const std::string& kind, const std::string& result) {
  impl_->cluster.status_write(kind, result);
}

std::string PrometheusRecorder::text() const {
  std::string text = prometheus::TextSerializer().Serialize(impl_->registry.Collect());
  text += impl_->queues.text();
  text += process_series();
  text += impl_->objects.text();
  return text;
}

}  // namespace certsync::metrics
