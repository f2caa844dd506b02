// Where things are in the API. https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
#pragma once

#include <string>

#include "model/object.h"

namespace certsync::kube {

inline constexpr char kSyncs[] = "netscalercertsyncs";
inline constexpr char kAppliances[] = "netscalerappliances";
inline constexpr char kSyncKind[] = "NetScalerCertSync";
inline constexpr char kApplianceKind[] = "NetScalerAppliance";
inline constexpr char kFinalizer[] = "netscaler.certsync.io/cleanup";

/// "/api/v1/namespaces/team-a/secrets"; `space` empty = all namespaces. `group` empty = the core group.
std::string collection_path(const std::string& group_version, const std::string& space, const std::string& resource);
std::string object_path(const std::string& group_version, const model::ObjectRef& ref, const std::string& resource);

/// Of our own kinds.
std::string sync_path(const model::ObjectRef& ref);
std::string appliance_path(const std::string& name);

}  // namespace certsync::kube
