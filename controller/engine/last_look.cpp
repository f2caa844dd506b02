#include "engine/last_look.h"

#include <optional>
#include <utility>

namespace certsync::engine {
namespace {

std::string state_of(const std::optional<model::ObjectMeta>& meta) {
  if (!meta) return "not there";
  return "generation " + std::to_string(meta->generation) + (meta->deleting ? ", being deleted" : "") + ", uid " +
         meta->uid;
}

// The generation counts the changes of the spec, and the beginning of a deletion is one.
// https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#objectmeta-v1-meta
bool is_same(const std::optional<model::ObjectMeta>& one, const std::optional<model::ObjectMeta>& other) {
  if (!one || !other) return one.has_value() == other.has_value();
  return one->uid == other->uid && one->generation == other->generation && one->deleting == other->deleting;
}

Result<void> judge(const std::string& what, const std::optional<model::ObjectMeta>& planned,
                   const Result<std::optional<model::ObjectMeta>>& live) {
  if (!live) {
    return fail(ErrorKind::Retry, Reason::StaleView,
                "nothing is taken away before the API server has confirmed " + what + ": " + live.error().message);
  }
  if (is_same(planned, *live)) return {};
  return fail(ErrorKind::Retry, Reason::StaleView,
              what + " has changed, and the news is not here yet; nothing is taken away before (it is " +
                  state_of(*live) + "; known is: " + state_of(planned) + ")");
}

}  // namespace

LastLook::LastLook(ports::LiveReader* live, AppliancePtr appliance, TakenIn taken_in, std::stop_token stop)
    : live_(live), appliance_(std::move(appliance)), taken_in_(std::move(taken_in)), stop_(std::move(stop)) {}

Result<void> LastLook::at(const model::ObjectRef& sync) {
  if (live_ == nullptr) return {};
  if (!appliance_verdict_) appliance_verdict_ = look_at_appliance();
  if (!*appliance_verdict_) return *appliance_verdict_;
  const auto known = verdicts_.find(sync);
  return known != verdicts_.end() ? known->second : verdicts_.emplace(sync, look_at_sync(sync)).first->second;
}

Result<void> LastLook::look_at_appliance() {
  const auto& meta = appliance_->meta;
  return judge("NetScalerAppliance " + meta.ref.name, meta, live_->read_appliance_meta(meta.ref.name, stop_));
}

Result<void> LastLook::look_at_sync(const model::ObjectRef& ref) {
  const auto sync = taken_in_(ref);
  return judge("NetScalerCertSync " + to_text(ref), sync ? std::optional(sync->meta) : std::nullopt,
               live_->read_sync_meta(ref, stop_));
}

}  // namespace certsync::engine
