#include "manifests/status_files.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "codec/objects.h"
#include "manifests/yaml_to_json.h"

namespace certsync::manifests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr char kSyncFolder[] = "netscalercertsync";
constexpr char kApplianceFolder[] = "netscalerappliance";

/// The one document of a status file; null when it cannot be used.
json read_document(const fs::path& path) {
  const auto text = read_whole_file(path, kLargestManifest);
  if (!text) return nullptr;
  auto documents = yaml_to_json(*text);
  const bool usable = documents.size() == 1 && documents[0].error.empty() && documents[0].value.is_object();
  return usable ? std::move(documents[0].value) : json(nullptr);
}

json status_of(const json& object) {
  const auto found = object.find("status");
  return found == object.end() ? json(nullptr) : *found;
}

/// Bounded like the manifests that the files came from.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (entries.size() == kMostManifests) break;
    entries.push_back(at->path());
  }
  return entries;
}

/// What a status file says of its object, without a manifest behind it.
template <class T>
void restore(T object, const char* kind, std::map<model::ObjectRef, Entry<T>>& out) {
  Entry<T> entry;
  entry.valid = object.problems.empty();
  if (!entry.valid) object.spec = {};
  object.problems.clear();
  object.meta.uid = stable_uid(kind, object.meta.ref);
  object.meta.deleting = false;
  object.meta.deleted_at.reset();
  const auto ref = object.meta.ref;
  entry.object = std::move(object);
  out.insert_or_assign(ref, std::move(entry));
}

void read_sync(const fs::path& path, ManifestSet& out) {
  const auto object = read_document(path);
  if (object.is_null()) return;
  auto sync = codec::decode_cert_sync(object, codec::Dialect::Standalone);
  if (!sync) return;
  sync->status = codec::decode_cert_sync_status(status_of(object));
  restore(std::move(*sync), kCertSyncKind, out.syncs);
}

void read_appliance(const fs::path& path, ManifestSet& out) {
  const auto object = read_document(path);
  if (object.is_null()) return;
  auto appliance = codec::decode_appliance(object, codec::Dialect::Standalone);
  if (!appliance) return;
  appliance->status = codec::decode_appliance_status(status_of(object));
  restore(std::move(*appliance), kApplianceKind, out.appliances);
}

}  // namespace

fs::path status_path(const fs::path& directory, const model::CertSync& sync) {
  return directory / kSyncFolder / sync.meta.ref.space / (sync.meta.ref.name + ".yaml");
}

fs::path status_path(const fs::path& directory, const model::Appliance& appliance) {
  return directory / kApplianceFolder / (appliance.meta.ref.name + ".yaml");
}

ManifestSet read_status_files(const fs::path& directory) {
  ManifestSet set;
  if (directory.empty()) return set;
  for (const auto& space : entries_of(directory / kSyncFolder)) {
    for (const auto& path : entries_of(space)) {
      if (path.extension() == ".yaml") read_sync(path, set);
    }
  }
  for (const auto& path : entries_of(directory / kApplianceFolder)) {
    if (path.extension() == ".yaml") read_appliance(path, set);
  }
  return set;
}

std::optional<model::CertSyncStatus> read_status(const fs::path& directory, const model::CertSync& sync) {
  if (directory.empty()) return std::nullopt;
  const auto object = read_document(status_path(directory, sync));
  if (object.is_null()) return std::nullopt;
  return codec::decode_cert_sync_status(status_of(object));
}

std::optional<model::ApplianceStatus> read_status(const fs::path& directory, const model::Appliance& appliance) {
  if (directory.empty()) return std::nullopt;
  const auto object = read_document(status_path(directory, appliance));
  if (object.is_null()) return std::nullopt;
  return codec::decode_appliance_status(status_of(object));
}

}  // namespace certsync::manifests
