#include "manifests/manifest_set.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "codec/objects.h"
#include "manifests/yaml_to_json.h"

namespace certsync::manifests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Place {
  std::string file;
  int document = 0;
};

std::string to_text(const Place& place) {
  return place.file + " (document " + std::to_string(place.document) + ")";
}

std::string text_member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_list(std::string_view version, std::string_view kind, const json& object) {
  const bool known = version == "v1" || version == model::kApiVersion;
  return known && kind.ends_with("List") && object.contains("items") && object["items"].is_array();
}

std::string joined(const std::vector<std::string>& problems) {
  std::string text;
  for (const auto& problem : problems)
    text += (text.empty() ? "" : "; ") + problem;
  return text;
}

std::string immutable_change(const model::CertSyncSpec& before, const model::CertSyncSpec& after) {
  return codec::immutable_change(before, after);
}
std::string immutable_change(const model::ApplianceSpec& before, const model::ApplianceSpec& after) {
  return codec::immutable_change(before, after);
}

class Reader {
 public:
  Reader(const ManifestSet& before, const PathRule& allowed) : before_(before), allowed_(allowed) {}

  void read(const ManifestFile& file) {
    const auto name = file.path.string();
    if (!file.error.empty()) return broken({name, 0}, file.error);
    for (auto& document : yaml_to_json(file.text)) {
      const Place place{name, document.number};
      if (!document.error.empty()) {
        broken(place, document.error);
      } else {
        take(document.value, place);
      }
      wipe(document.value);
    }
  }

  ManifestSet finish() {
    settle_twice(set_.appliances, before_.appliances, appliance_places_, kApplianceKind);
    settle_twice(set_.syncs, before_.syncs, sync_places_, kCertSyncKind);
    settle_twice(set_.secrets, before_.secrets, secret_places_, kSecretKind);
    keep_unread(set_.appliances, before_.appliances);
    keep_unread(set_.syncs, before_.syncs);
    keep_unread(set_.secrets, before_.secrets);
    return std::move(set_);
  }

 private:
  using Places = std::map<model::ObjectRef, std::vector<Place>>;

  void report(const Place& place, std::string message) {
    set_.errors.push_back({place.file, place.document, std::move(message)});
  }

  void broken(const Place& place, const std::string& message) {
    report(place, message);
    set_.broken = true;
    unread_.insert(place.file);
  }

  void take(const json& object, const Place& place) {
    if (object.is_null()) return;
    if (!object.is_object()) return broken(place, "must be an object with apiVersion, kind and metadata");
    const auto version = text_member(object, "apiVersion");
    const auto kind = text_member(object, "kind");
    if (version.empty() || kind.empty()) return broken(place, "has no apiVersion or no kind");
    // A list holds objects, never lists.
    if (is_list(version, kind, object)) {
      for (const auto& item : object["items"])
        take_one(item, place);
    } else {
      take_one(object, place);
    }
  }

  void take_one(const json& object, const Place& place) {
    if (!object.is_object()) return broken(place, "an item of the list is no object");
    const auto version = text_member(object, "apiVersion");
    const auto kind = text_member(object, "kind");
    if (version == "v1" && kind == kSecretKind) return take_secret(object, place);
    if (!version.starts_with(std::string(model::kApiGroup) + "/")) {
      ++set_.skipped;
    } else if (version != model::kApiVersion || (kind != kCertSyncKind && kind != kApplianceKind)) {
      broken(place, version + " " + kind + " is not known: this release has " + kCertSyncKind + " and " +
                        kApplianceKind + " of " + model::kApiVersion);
    } else if (kind == kCertSyncKind) {
      take_sync(object, place);
    } else {
      take_appliance(object, place);
    }
  }

  void take_secret(const json& object, const Place& place) {
    auto secret = codec::decode_secret(object);
    if (!secret) return broken(place, "Secret " + text_of_name(object) + ": " + secret.error().message);
    Entry<ports::SecretMeta> entry;
    secret->meta.meta.resource_version = secret_version(*secret);
    entry.object = std::move(secret->meta);
    entry.valid = true;
    place_in(set_.secrets, secret_places_, std::move(entry), kSecretKind, place);
  }

  void take_appliance(const json& object, const Place& place) {
    auto appliance = codec::decode_appliance(object, codec::Dialect::Standalone);
    if (!appliance) return broken(place, std::string(kApplianceKind) + ": " + appliance.error().message);
    Entry<model::Appliance> entry;
    entry.object = std::move(*appliance);
    settle_spec(entry, before_.appliances, kApplianceKind, place);
    place_in(set_.appliances, appliance_places_, std::move(entry), kApplianceKind, place);
  }

  void take_sync(const json& object, const Place& place) {
    auto sync = codec::decode_cert_sync(object, codec::Dialect::Standalone);
    if (!sync) return broken(place, std::string(kCertSyncKind) + ": " + sync.error().message);
    resolve_files(sync->spec, place, sync->problems);
    Entry<model::CertSync> entry;
    entry.object = std::move(*sync);
    settle_spec(entry, before_.syncs, kCertSyncKind, place);
    // A spec that came back from a status file still has its paths as they were written; whole ones stay.
    std::vector<std::string> said_already;
    resolve_files(entry.object.spec, place, said_already);
    place_in(set_.syncs, sync_places_, std::move(entry), kCertSyncKind, place);
  }

  static std::string text_of_name(const json& object) {
    const auto found = object.find("metadata");
    return found != object.end() && found->is_object() ? text_member(*found, "name") : "";
  }

  void resolve_files(model::CertSyncSpec& spec, const Place& place, std::vector<std::string>& problems) {
    if (!spec.source.files) return;
    const auto folder = fs::path(place.file).parent_path();
    const auto resolve = [&](std::string& path, const char* member) {
      if (path.empty()) return;
      const auto whole = (folder / path).lexically_normal();
      const auto wrong = allowed_ ? allowed_(whole) : "";
      if (!wrong.empty()) problems.push_back(std::string("spec.source.files.") + member + ": " + wrong);
      path = whole.string();
    };
    resolve(spec.source.files->certificate, "certificate");
    resolve(spec.source.files->private_key, "privateKey");
  }

  /// What of this manifest comes into force, next to what was in force before.
  template <class T>
  void settle_spec(Entry<T>& entry, const std::map<model::ObjectRef, Entry<T>>& all, const char* kind,
                   const Place& place) {
    const auto found = all.find(entry.object.meta.ref);
    const Entry<T>* last = found == all.end() ? nullptr : &found->second;
    // What somebody deleted does not come back with the mistake in its new manifest.
    const bool stands = last != nullptr && last->valid && !last->object.meta.deleting;
    auto& object = entry.object;
    if (stands && object.problems.empty()) {
      const auto changed = immutable_change(last->object.spec, object.spec);
      if (!changed.empty()) object.problems.push_back(changed + ": cannot change; make a new " + kind);
    }
    entry.valid = object.problems.empty();
    if (!entry.valid) {
      report(place, std::string(kind) + " " + model::to_text(object.meta.ref) + ": " + joined(object.problems));
      object.spec = {};
      if (stands) {
        object.spec = last->object.spec;
        object.raw_spec = last->object.raw_spec;
        entry.valid = true;
      }
    }
    object.meta.generation = 1;
    if (last == nullptr) return;
    object.status = last->object.status;
    const bool changed = object.raw_spec != last->object.raw_spec;
    object.meta.generation = last->object.meta.generation + (changed ? 1 : 0);
  }

  static model::ObjectMeta& meta_of(model::Appliance& object) { return object.meta; }
  static model::ObjectMeta& meta_of(model::CertSync& object) { return object.meta; }
  static model::ObjectMeta& meta_of(ports::SecretMeta& object) { return object.meta; }

  template <class T>
  void place_in(std::map<model::ObjectRef, Entry<T>>& all, Places& places, Entry<T> entry, const char* kind,
                const Place& place) {
    auto& meta = meta_of(entry.object);
    meta.uid = stable_uid(kind, meta.ref);
    // Taken from `kubectl get -o yaml`, these speak of another life of the object.
    meta.deleting = false;
    meta.deleted_at.reset();
    entry.file = place.file;
    entry.document = place.document;
    places[meta.ref].push_back(place);
    all.insert_or_assign(meta.ref, std::move(entry));
  }

  template <class T>
  void settle_twice(std::map<model::ObjectRef, Entry<T>>& all, const std::map<model::ObjectRef, Entry<T>>& before,
                    const Places& places, const char* kind) {
    for (const auto& [ref, found] : places) {
      if (found.size() < 2) continue;
      set_.broken = true;
      for (std::size_t i = 1; i < found.size(); ++i) {
        report(found[i], std::string(kind) + " " + model::to_text(ref) + " is also in " + to_text(found[0]) +
                             "; neither is applied until one of them goes");
      }
      all.erase(ref);
      const auto last = before.find(ref);
      if (last != before.end() && is_in_force(last->second)) hold(all, ref, last->second);
    }
  }

  template <class T>
  void keep_unread(std::map<model::ObjectRef, Entry<T>>& all, const std::map<model::ObjectRef, Entry<T>>& before) {
    for (const auto& [ref, last] : before) {
      if (!all.contains(ref) && is_in_force(last) && is_unread(last.file)) hold(all, ref, last);
    }
  }

  template <class T>
  static bool is_in_force(const Entry<T>& entry) {
    return !entry.absent_since && !entry.file.empty();
  }

  template <class T>
  static void hold(std::map<model::ObjectRef, Entry<T>>& all, const model::ObjectRef& ref, const Entry<T>& last) {
    all.insert_or_assign(ref, last).first->second.held = true;
  }

  /// The file, or a folder around it, could not be read.
  bool is_unread(const fs::path& file) const {
    for (fs::path at = file; !at.empty() && at != at.parent_path(); at = at.parent_path()) {
      if (unread_.contains(at.string())) return true;
    }
    return false;
  }

  const ManifestSet& before_;
  const PathRule& allowed_;
  ManifestSet set_;
  std::set<std::string> unread_;
  Places appliance_places_;
  Places sync_places_;
  Places secret_places_;
};

bool is_secret_named(const json& object, const model::ObjectRef& ref) {
  if (!object.is_object() || text_member(object, "kind") != kSecretKind || text_member(object, "apiVersion") != "v1") {
    return false;
  }
  const auto meta = object.find("metadata");
  if (meta == object.end() || !meta->is_object() || text_member(*meta, "name") != ref.name) return false;
  const auto space = text_member(*meta, "namespace");
  return (space.empty() ? "default" : space) == ref.space;
}

}  // namespace

ManifestSet read_manifests(const std::vector<ManifestFile>& files, const ManifestSet& before, const PathRule& allowed) {
  Reader reader(before, allowed);
  for (const auto& file : files)
    reader.read(file);
  return reader.finish();
}

namespace {

Result<ports::SecretData> find_among(std::vector<YamlDocument> documents, const model::ObjectRef& ref) {
  Result<ports::SecretData> found =
      fail(ErrorKind::Gone, Reason::SecretNotFound, "Secret " + model::to_text(ref) + " is no longer in its manifest");
  for (auto& document : documents) {
    if (!document.error.empty() && !found) {
      found = fail(ErrorKind::Stalled, Reason::SecretInvalid,
                   "Secret " + model::to_text(ref) + ": its manifest is broken, " + document.error);
    }
    const json& object = document.value;
    if (is_secret_named(object, ref)) found = codec::decode_secret(object);
    if (object.is_object() && is_list(text_member(object, "apiVersion"), text_member(object, "kind"), object)) {
      for (const auto& item : object["items"]) {
        if (is_secret_named(item, ref)) found = codec::decode_secret(item);
      }
    }
    wipe(document.value);
  }
  if (found) found->meta.meta.resource_version = secret_version(*found);
  return found;
}

}  // namespace

Result<ports::SecretData> find_secret(std::string_view text, const model::ObjectRef& ref) {
  auto found = find_among(yaml_to_json_with(text, ref.name), ref);
  // A name can be written with escapes or come through an alias; then everything is read.
  return found ? std::move(found) : find_among(yaml_to_json(text), ref);
}

std::string stable_uid(std::string_view kind, const model::ObjectRef& ref) {
  return to_lower(kind) + "/" + model::to_text(ref);
}

std::string secret_version(const ports::SecretData& secret) {
  // Each part is digested by itself, so that no two contents make the same text.
  std::string parts = sha256_hex(secret.meta.type);
  for (const auto& [key, value] : secret.data)
    parts += sha256_hex(key) + sha256_hex(value.reveal());
  return sha256_hex(parts);
}

}  // namespace certsync::manifests
