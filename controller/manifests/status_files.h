// Where status files lie and how they are read back: by the next run, for status, generation and the last valid spec.
#pragma once

#include <filesystem>
#include <optional>

#include "manifests/manifest_set.h"
#include "model/appliance.h"
#include "model/cert_sync.h"

namespace certsync::manifests {

std::filesystem::path status_path(const std::filesystem::path& directory, const model::CertSync& sync);
std::filesystem::path status_path(const std::filesystem::path& directory, const model::Appliance& appliance);

/// Every object that has a readable status file, as an entry without a manifest.
ManifestSet read_status_files(const std::filesystem::path& directory);

/// The status on disk now; nothing when there is none.
std::optional<model::CertSyncStatus> read_status(const std::filesystem::path& directory, const model::CertSync& sync);
std::optional<model::ApplianceStatus> read_status(const std::filesystem::path& directory,
                                                  const model::Appliance& appliance);

}  // namespace certsync::manifests
