// Whose files are whose: the owner id of this installation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/owner.h"

namespace certsync::app {

/// Derived from /etc/machine-id (hashed, as machine-id(5) asks); nothing where there is none.
std::optional<std::string> machine_owner_id();

/// The marks of owner ids.
model::Owner owner_of(const std::string& id, const std::vector<std::string>& former_ids);

/// The operator's own namespace: `given`, POD_NAMESPACE, the service account's, "netscaler-cert-sync".
std::string own_namespace(const std::string& given);

}  // namespace certsync::app
