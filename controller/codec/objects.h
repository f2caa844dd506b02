// Kubernetes objects as JSON ↔ model. One codec for API servers and manifests; strict, since a typo in a field that
// decides what an appliance serves must be said, not ignored.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "model/appliance.h"
#include "model/cert_sync.h"
#include "ports/objects.h"

namespace certsync::codec {

/// Where an object came from decides three things: `source.files` is for files only, only manifests may omit
/// defaults, and only a cluster's objects bring their status with them.
enum class Dialect { Standalone, Cluster };

/// Never throws and never fails on a bad spec: problems are listed in `problems`, each beginning with the field's path
/// ("spec.bindings[0].role: must be default or sni"). Unknown fields, wrong types, values out of bounds and values of
/// features that this release does not have are problems. Metadata must have a name, else the result is an Error.
Result<model::CertSync> decode_cert_sync(const nlohmann::json& object, Dialect dialect);
Result<model::Appliance> decode_appliance(const nlohmann::json& object, Dialect dialect);
/// `data` (base64) and, in manifests, `stringData`.
Result<ports::SecretData> decode_secret(const nlohmann::json& object);

/// The whole object with its status, as written to a status file. Empty and absent members are left out; times are
/// RFC 3339.
nlohmann::ordered_json encode_status(const model::CertSyncStatus& status);
nlohmann::ordered_json encode_status(const model::ApplianceStatus& status);
model::CertSyncStatus decode_cert_sync_status(const nlohmann::json& status);
model::ApplianceStatus decode_appliance_status(const nlohmann::json& status);

/// Fields that must not change during an object's life: names the first that did, or is empty.
std::string immutable_change(const model::CertSyncSpec& before, const model::CertSyncSpec& after);
std::string immutable_change(const model::ApplianceSpec& before, const model::ApplianceSpec& after);

}  // namespace certsync::codec
