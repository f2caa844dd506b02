#include "kube/finalizers.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "kube/paths.h"
#include "kube/watch_frames.h"

namespace certsync::kube {
namespace {

using nlohmann::json;

constexpr int kMostReleaseTries = 5;

bool has_ours(const LiveObject& live) {
  return std::find(live.finalizers.begin(), live.finalizers.end(), kFinalizer) != live.finalizers.end();
}

}  // namespace

json finalizer_patch(const LiveObject& live, bool wanted) {
  const auto found = std::find(live.finalizers.begin(), live.finalizers.end(), kFinalizer);
  const bool there = found != live.finalizers.end();
  // Once a deletion has begun, none may be added (k8s.io/apimachinery pkg/api/validation/objectmeta.go).
  if (there == wanted || (wanted && live.deleting)) return nullptr;
  json patch = json::array({{{"op", "test"}, {"path", "/metadata/uid"}, {"value", live.uid}}});
  if (!wanted) {
    const std::string path = "/metadata/finalizers/" + std::to_string(found - live.finalizers.begin());
    patch.push_back({{"op", "test"}, {"path", path}, {"value", kFinalizer}});
    patch.push_back({{"op", "remove"}, {"path", path}});
  } else if (live.finalizers.empty()) {
    // No list is there to add to; another one that somebody makes first changes the version.
    patch.push_back({{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", live.resource_version}});
    patch.push_back({{"op", "add"}, {"path", "/metadata/finalizers"}, {"value", json::array({kFinalizer})}});
  } else {
    patch.push_back({{"op", "add"}, {"path", "/metadata/finalizers/-"}, {"value", kFinalizer}});
  }
  return patch;
}

Finalizers::Finalizers(Api& api, LiveObjects& live, WriteQueue& queue, std::function<bool()> may_write,
                       const Logger& log)
    : api_(api), live_(live), queue_(queue), may_write_(std::move(may_write)), log_(log) {}

bool Finalizers::settle(const model::CertSync& sync) {
  const auto live = live_.find({kSyncKind, sync.meta.ref});
  if (!live || live->deleting) return true;
  const bool wanted = sync.spec.deletion_policy == model::DeletionPolicy::Delete;
  const bool there = has_ours(*live);
  if (wanted == there) return true;
  queue(sync.meta.ref, wanted);
  return !wanted;
}

void Finalizers::release(const model::ObjectRef& ref) {
  queue(ref, false);
}

void Finalizers::queue(const model::ObjectRef& ref, bool wanted) {
  queue_.put("finalizer " + to_text(ref),
             [this, ref, wanted](std::stop_token stop) { return write(ref, wanted, std::move(stop)); });
}

WriteQueue::Outcome Finalizers::write(const model::ObjectRef& ref, bool wanted, std::stop_token stop) {
  for (int tries = 0; tries < kMostReleaseTries; ++tries) {
    const auto live = live_.find({kSyncKind, ref});
    if (!live || !may_write_()) return WriteQueue::Outcome::Done;
    const json patch = finalizer_patch(*live, wanted);
    if (patch.is_null()) return WriteQueue::Outcome::Done;
    Call call;
    call.method = http::Method::Patch;
    call.target = sync_path(ref);
    call.body = patch.dump();
    call.content_type = kJsonPatch;
    auto answer = api_.call(std::move(call), stop);
    if (answer) {
      if (const auto object = decode_object(*answer, Keep::Everything)) live_.answered(kSyncKind, *object);
      return WriteQueue::Outcome::Done;
    }
    if (answer.error().not_found()) return WriteQueue::Outcome::Done;
    // 422 is how a failed `test` is answered, 409 a race that the server lost: look at what is there now.
    if (!answer.error().conflict() && answer.error().code != 422) {
      if (!answer.error().cancelled) {
        log_.error("the finalizer could not be changed; it is tried again",
                   {{"sync", to_text(ref)}, {"error", to_text(answer.error())}});
      }
      return WriteQueue::Outcome::Again;
    }
    Call look;
    look.target = sync_path(ref);
    auto seen = api_.call(std::move(look), stop);
    if (!seen) return seen.error().not_found() ? WriteQueue::Outcome::Done : WriteQueue::Outcome::Again;
    if (const auto object = decode_object(*seen, Keep::Everything)) live_.looked(kSyncKind, *object);
  }
  return WriteQueue::Outcome::Again;
}

}  // namespace certsync::kube
