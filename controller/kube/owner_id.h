// Whose files are whose: the default owner id of an installation in a cluster.
#pragma once

#include <stop_token>
#include <string>

#include "base/result.h"
#include "kube/api.h"

namespace certsync::kube {

/// The UID of the namespace kube-system: the usual way to tell clusters apart, and it lasts as long as the cluster.
Result<std::string> cluster_owner_id(Api& api, std::stop_token stop);

}  // namespace certsync::kube
