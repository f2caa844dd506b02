#include "kube/paths.h"

#include "kube/api.h"

namespace certsync::kube {

std::string collection_path(const std::string& group_version, const std::string& space, const std::string& resource) {
  const bool core = group_version.find('/') == std::string::npos;
  std::string path = (core ? "/api/" : "/apis/") + group_version;
  if (!space.empty()) path += "/namespaces/" + percent_encode(space);
  return path + "/" + resource;
}

std::string object_path(const std::string& group_version, const model::ObjectRef& ref, const std::string& resource) {
  return collection_path(group_version, ref.space, resource) + "/" + percent_encode(ref.name);
}

std::string sync_path(const model::ObjectRef& ref) {
  return object_path(model::kApiVersion, ref, kSyncs);
}

std::string appliance_path(const std::string& name) {
  return object_path(model::kApiVersion, {"", name}, kAppliances);
}

}  // namespace certsync::kube
