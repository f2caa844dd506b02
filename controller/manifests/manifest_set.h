// From the texts of all manifests to the objects in force. Pure: the disk, the clock and the sink are elsewhere.
//
//   a document ...                           the object of that name ...
//     is sound                                 takes it
//     has problems, once was sound             keeps its last valid spec, with the problems
//     has problems, was being deleted          is there with the problems and a default spec
//     has problems, never was sound            is there with the problems and a default spec
//     names an object that is there twice      keeps what it was, or is not there
//     is broken, or its file is                keeps what it was
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "manifests/directory_source.h"
#include "manifests/manifest_files.h"
#include "ports/objects.h"

namespace certsync::manifests {

inline constexpr char kApplianceKind[] = "NetScalerAppliance";
inline constexpr char kCertSyncKind[] = "NetScalerCertSync";
inline constexpr char kSecretKind[] = "Secret";

template <class T>
struct Entry {
  T object;
  /// The file it was last read from; empty while it is known from a status file only.
  std::string file;
  int document = 0;
  /// `object.spec` is a spec that once was valid.
  bool valid = false;
  /// Not read anew, since its file is broken or it is there twice: what was last valid stands.
  bool held = false;
  /// Kept by the caller although no manifest shows it any more.
  std::optional<SteadyPoint> absent_since;
};

struct ManifestSet {
  std::map<model::ObjectRef, Entry<model::Appliance>> appliances;
  std::map<model::ObjectRef, Entry<model::CertSync>> syncs;
  std::map<model::ObjectRef, Entry<ports::SecretMeta>> secrets;
  std::vector<ManifestError> errors;
  /// Something exists that could not be read, or is there twice: nothing follows from an object's absence.
  bool broken = false;
  /// Documents of other kinds, for a debug line.
  std::size_t skipped = 0;
};

/// Says why a file may not be read as `source.files`, or nothing.
using PathRule = std::function<std::string(const std::filesystem::path&)>;

/// `before` is what the last call gave, or what the status files told. Texts are wiped where they held a Secret.
ManifestSet read_manifests(const std::vector<ManifestFile>& files, const ManifestSet& before, const PathRule& allowed);

/// The Secret of that name in one manifest. Errors: Gone/SecretNotFound, Stalled/SecretInvalid.
Result<ports::SecretData> find_secret(std::string_view text, const model::ObjectRef& ref);

/// The uid of an object from a manifest: the same in every run.
std::string stable_uid(std::string_view kind, const model::ObjectRef& ref);

/// One way: the same content has the same text, in no order.
std::string secret_version(const ports::SecretData& secret);

}  // namespace certsync::manifests
