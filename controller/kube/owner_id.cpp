#include "kube/owner_id.h"

#include <nlohmann/json.hpp>

#include "kube/paths.h"
#include "kube/watch_frames.h"

namespace certsync::kube {

Result<std::string> cluster_owner_id(Api& api, std::stop_token stop) {
  Call call;
  call.target = object_path("v1", {"", "kube-system"}, "namespaces");
  auto answer = api.call(std::move(call), std::move(stop));
  if (!answer)
    return fail(ErrorKind::Retry, Reason::SecretNotFound, "namespace kube-system: " + to_text(answer.error()));
  const auto object = decode_object(*answer, Keep::Metadata);
  if (object && object->contains("metadata")) {
    const auto uid = (*object)["metadata"].find("uid");
    if (uid != (*object)["metadata"].end() && uid->is_string()) return uid->get<std::string>();
  }
  return fail(ErrorKind::Retry, Reason::SecretNotFound, "namespace kube-system came without a uid");
}

}  // namespace certsync::kube
