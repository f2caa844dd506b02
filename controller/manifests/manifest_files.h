// The disk side of the directory source: which files there are, what is in them, and which folders to watch for changes
// of both. Knows nothing of Kubernetes.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace certsync::manifests {

inline constexpr std::size_t kLargestManifest = 16 * 1024 * 1024;
inline constexpr std::size_t kMostManifests = 10'000;
inline constexpr int kMostFolderDepth = 16;

/// A manifest's text, or why there is none. The text may hold keys: it is wiped.
struct ManifestFile {
  ManifestFile() = default;
  ManifestFile(std::filesystem::path path_, std::string text_, std::string error_ = "")
      : path(std::move(path_)), text(std::move(text_)), error(std::move(error_)) {}
  ~ManifestFile();
  ManifestFile(ManifestFile&&) noexcept = default;
  ManifestFile& operator=(ManifestFile&&) noexcept = default;
  ManifestFile(const ManifestFile&) = delete;
  ManifestFile& operator=(const ManifestFile&) = delete;

  /// With an error this may be a folder: then everything below it is unknown.
  std::filesystem::path path;
  std::string text;
  std::string error;
};

struct Listing {
  /// *.yaml, *.yml and *.json below the directory, sorted; hidden names are left out, symlinks followed.
  std::vector<std::filesystem::path> files;
  std::set<std::filesystem::path> folders;
  /// Folders that could not be read, each with the reason.
  std::vector<ManifestFile> errors;
  /// False when the directory itself is gone or unreadable.
  bool readable = false;
};

/// `except` is left out: a status directory below the manifests would feed on itself.
Listing list_manifests(const std::filesystem::path& directory, const std::filesystem::path& except);

/// Every folder in which a change can make `path` another file: its own, and those of the symlinks on the way.
void collect_folders(const std::filesystem::path& path, std::set<std::filesystem::path>& folders);

/// Whether `path`, symlinks followed, lies below `root`.
bool is_below(const std::filesystem::path& path, const std::filesystem::path& root);

}  // namespace certsync::manifests
