// Whose files are whose: the owner id of this installation.
#pragma once

#include <optional>
#include <string>

namespace certsync::app {

/// Derived from /etc/machine-id (hashed, as machine-id(5) asks); nothing where there is none.
std::optional<std::string> machine_owner_id();

/// The operator's own namespace: `given`, POD_NAMESPACE, the service account's, "netscaler-cert-sync".
std::string own_namespace(const std::string& given);

}  // namespace certsync::app
