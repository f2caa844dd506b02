#include "kube/lease.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "kube/members.h"
#include "kube/micro_time.h"
#include "kube/paths.h"
#include "kube/watch_frames.h"

namespace certsync::kube {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr char kLeaseVersion[] = "coordination.k8s.io/v1";
// As controller-runtime's healthz adaptor: an unresponsive leader is restarted by the kubelet.
constexpr milliseconds kTolerance{20'000};

std::int64_t number_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

bool same(const LeaseRecord& a, const LeaseRecord& b) {
  return a.holder == b.holder && a.renew_time == b.renew_time && a.acquire_time == b.acquire_time &&
         a.transitions == b.transitions && a.duration == b.duration;
}

}  // namespace

std::optional<LeaseRecord> decode_lease(std::string_view text) {
  const auto object = decode_object(text, Keep::Everything);
  if (!object || text_of(*object, "kind") != "Lease") return std::nullopt;
  LeaseRecord record;
  record.resource_version = resource_version_of(*object);
  const auto spec = object->find("spec");
  if (spec == object->end() || !spec->is_object()) return record;
  record.holder = text_of(*spec, "holderIdentity");
  record.duration = std::chrono::seconds(std::clamp<std::int64_t>(number_of(*spec, "leaseDurationSeconds"), 0, 3600));
  record.acquire_time = text_of(*spec, "acquireTime");
  record.renew_time = text_of(*spec, "renewTime");
  record.transitions = number_of(*spec, "leaseTransitions");
  return record;
}

std::string encode_lease(const model::ObjectRef& ref, const LeaseRecord& record) {
  json metadata = {{"name", ref.name}, {"namespace", ref.space}};
  if (!record.resource_version.empty()) metadata["resourceVersion"] = record.resource_version;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(record.duration).count();
  return json{{"apiVersion", kLeaseVersion},
              {"kind", "Lease"},
              {"metadata", std::move(metadata)},
              {"spec",
               {{"holderIdentity", record.holder},
                {"leaseDurationSeconds", std::max<std::int64_t>(seconds, 1)},
                {"acquireTime", record.acquire_time},
                {"renewTime", record.renew_time},
                {"leaseTransitions", record.transitions}}}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

LeaderElector::LeaderElector(LeaseOptions options, Api& api, const Clock& steady, const Clock& wall, Sleeper& sleeper,
                             const Logger& log, ports::Recorder& recorder, std::function<double()> random)
    : options_(std::move(options)),
      api_(api),
      steady_(steady),
      wall_(wall),
      sleeper_(sleeper),
      log_(log),
      recorder_(recorder),
      random_(std::move(random)) {
  recorder_.leader(options_.lease.name, false);
}

bool LeaderElector::open() const {
  return leading_ && steady_.steady() - renewed_at_.load() < options_.renew_deadline;
}

milliseconds LeaderElector::quiet_for(milliseconds request_timeout) const {
  if (clean_) return {};
  return std::chrono::ceil<milliseconds>(acquired_at_.load() + request_timeout - steady_.steady());
}

bool LeaderElector::healthy() const {
  return !leading_ || steady_.steady() - renewed_at_.load() < options_.duration + kTolerance;
}

Call LeaderElector::call(http::Method method, const std::string& target, std::string body) const {
  Call call;
  call.method = method;
  call.target = target;
  call.body = std::move(body);
  if (!call.body.empty()) call.content_type = kJson;
  // One hung request must not lose the lease (client-go: max(1 s, RenewDeadline / 2)); and whatever asks to wait with
  // another try is not worth waiting for here.
  call.timeout = std::max<milliseconds>(std::chrono::seconds(1), options_.renew_deadline / 2);
  call.tries = 1;
  return call;
}

ApiResult<LeaseRecord> LeaderElector::look(std::stop_token stop) {
  auto answer = api_.call(call(http::Method::Get, object_path(kLeaseVersion, options_.lease, "leases"), ""), stop);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  auto record = decode_lease(*answer);
  if (record) return std::move(*record);
  ApiError error;
  error.message = "the answer is no Lease";
  return tl::unexpected(std::move(error));
}

ApiResult<LeaseRecord> LeaderElector::put(const LeaseRecord& record, std::stop_token stop) {
  const bool fresh = record.resource_version.empty();
  const auto target = fresh ? collection_path(kLeaseVersion, options_.lease.space, "leases")
                            : object_path(kLeaseVersion, options_.lease, "leases");
  auto answer = api_.call(
      call(fresh ? http::Method::Post : http::Method::Put, target, encode_lease(options_.lease, record)), stop);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  LeaseRecord written = record;
  if (const auto stored = decode_lease(*answer)) written.resource_version = stored->resource_version;
  return written;
}

void LeaderElector::observe(const LeaseRecord& record) {
  if (!observed_ || !same(*observed_, record)) observed_at_ = steady_.steady();
  observed_ = record;
}

LeaseRecord LeaderElector::own_record(const LeaseRecord& before) const {
  LeaseRecord record = before;
  const std::string now = to_micro_time(wall_.now());
  if (before.holder != options_.identity) {
    record.acquire_time = now;
    if (!before.resource_version.empty()) ++record.transitions;
  }
  record.holder = options_.identity;
  record.duration = options_.duration;
  record.renew_time = now;
  return record;
}

void LeaderElector::renewed(SteadyPoint asked, const LeaseRecord& record) {
  observe(record);
  // From when it was asked for, not from when the answer came: the others count from when they see it at the earliest.
  renewed_at_ = asked;
}

LeaderElector::Try LeaderElector::take(const LeaseRecord& before, bool clean, std::stop_token stop) {
  const auto asked = steady_.steady();
  auto written = put(own_record(before), std::move(stop));
  if (!written) {
    if (written.error().conflict()) return Try::Theirs;
    log_.debug("the lease could not be taken", {{"error", to_text(written.error())}});
    return Try::Failed;
  }
  renewed(asked, *written);
  // Lost and found by ourselves, with nobody in between: all that we began has ended, and what a predecessor may have
  // under way is as old as before.
  if (before.holder == options_.identity) return Try::Ours;
  clean_ = clean;
  acquired_at_ = steady_.steady();
  return Try::Ours;
}

LeaderElector::Try LeaderElector::try_acquire(std::stop_token stop) {
  auto seen = look(stop);
  const auto valid_until = [this] { return observed_at_ + observed_->duration; };
  if (!seen) {
    if (!seen.error().not_found()) {
      log_.debug("the lease cannot be read", {{"error", to_text(seen.error())}});
      return Try::Failed;
    }
    // Deleted under a holder: that one makes it again within its retry period, or is gone when its time is over.
    const bool held = observed_ && !observed_->holder.empty() && observed_->holder != options_.identity;
    if (held && steady_.steady() < valid_until()) return Try::Theirs;
    return take({}, !held, std::move(stop));
  }
  observe(*seen);
  if (seen->holder.empty()) return take(*seen, true, std::move(stop));
  if (seen->holder == options_.identity) return take(*seen, true, std::move(stop));
  if (steady_.steady() < valid_until()) return Try::Theirs;
  return take(*seen, false, std::move(stop));
}

bool LeaderElector::acquire(std::stop_token stop) {
  std::string holder;
  while (!stop.stop_requested()) {
    if (try_acquire(stop) == Try::Ours) {
      leading_ = true;
      recorder_.leader(options_.lease.name, true);
      log_.info("leading",
                {{"lease", to_text(options_.lease)},
                 {"identity", options_.identity},
                 {"predecessor", clean_ ? "ended or none" : "did not say goodbye; reading only for a while"}});
      return true;
    }
    if (observed_ && observed_->holder != holder) {
      holder = observed_->holder;
      log_.info("standing by", {{"lease", to_text(options_.lease)}, {"leader", holder}});
    }
    // Half to all of the retry period: a lease that is released is taken within two seconds, and replicas part company.
    const auto wait = options_.retry_period / 2 * (1 + random_());
    sleeper_.sleep(std::chrono::duration_cast<milliseconds>(wait), stop);
  }
  return false;
}

LeaderElector::Try LeaderElector::try_renew(std::stop_token stop) {
  const auto asked = steady_.steady();
  auto written = put(own_record(*observed_), stop);
  if (written) {
    renewed(asked, *written);
    return Try::Ours;
  }
  if (!written.error().conflict() && !written.error().not_found()) {
    log_.warn("the lease could not be renewed; trying again", {{"error", to_text(written.error())}});
    return Try::Failed;
  }
  // Somebody touched the lease, or an earlier renewal of ours arrived without its answer.
  recorder_.leader_slow_path(options_.lease.name);
  auto seen = look(stop);
  if (!seen && !seen.error().not_found()) return Try::Failed;
  if (seen && seen->holder != options_.identity) {
    observe(*seen);
    return Try::Theirs;
  }
  const auto again = steady_.steady();
  LeaseRecord before = seen ? *seen : *observed_;
  if (!seen) before.resource_version.clear();
  auto second = put(own_record(before), std::move(stop));
  if (!second) return second.error().conflict() && !seen ? Try::Theirs : Try::Failed;
  renewed(again, *second);
  return Try::Ours;
}

void LeaderElector::lost(const std::string& why) {
  leading_ = false;
  recorder_.leader(options_.lease.name, false);
  log_.error("the lease is lost; no write begins any more", {{"lease", to_text(options_.lease)}, {"error", why}});
}

void LeaderElector::hold(std::stop_token stop) {
  while (sleeper_.sleep(options_.retry_period, stop)) {
    // First of all: this process may have been stopped for longer than the lease lasts.
    if (!open()) return lost("it was not renewed in time");
    if (try_renew(stop) == Try::Theirs) return lost(observed_->holder + " holds it");
    if (!stop.stop_requested() && !open()) return lost("it was not renewed in time");
  }
}

void LeaderElector::release(milliseconds patience) {
  const auto deadline = steady_.steady() + patience;
  leading_ = false;
  recorder_.leader(options_.lease.name, false);
  while (observed_ && steady_.steady() < deadline) {
    auto seen = look({});
    if (seen && seen->holder != options_.identity) return;
    if (!seen && seen.error().not_found()) return;
    if (seen) {
      LeaseRecord record = *seen;
      record.holder.clear();
      record.duration = std::chrono::seconds(1);
      record.renew_time = record.acquire_time = to_micro_time(wall_.now());
      if (put(record, {})) {
        log_.info("the lease is released", {{"lease", to_text(options_.lease)}});
        return;
      }
    }
    sleeper_.sleep(milliseconds(200), {});
  }
}

}  // namespace certsync::kube
