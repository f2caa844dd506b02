#include "manifests/manifest_files.h"

#include <algorithm>
#include <system_error>

#include "base/secret.h"

namespace certsync::manifests {
namespace {

namespace fs = std::filesystem;

constexpr int kMostSymlinks = 40;  // as the kernel (path_resolution(7))

bool is_manifest_name(const fs::path& path) {
  const auto extension = path.extension();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

bool is_hidden(const fs::path& path) {
  return path.filename().native().starts_with('.');
}

class Walk {
 public:
  Walk(Listing& listing, const fs::path& except) : listing_(listing) {
    std::error_code error;
    if (!except.empty()) except_ = fs::weakly_canonical(except, error);
  }

  void folder(const fs::path& path, int depth) {
    std::error_code error;
    const auto real = fs::canonical(path, error);
    // A symlink may lead back up: every real folder is read once.
    if (!error && (real == except_ || !seen_.insert(real).second)) return;
    if (error || depth > kMostFolderDepth) {
      listing_.errors.emplace_back(path, "", error ? error.message() : "nested too deeply");
      return;
    }
    std::vector<fs::path> entries;
    for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
      if (!is_hidden(at->path())) entries.push_back(at->path());
    }
    if (error) {
      listing_.errors.emplace_back(path, "", error.message());
      return;
    }
    listing_.folders.insert(path);
    std::sort(entries.begin(), entries.end());
    for (const auto& entry : entries)
      visit(entry, depth);
  }

 private:
  void visit(const fs::path& path, int depth) {
    std::error_code error;
    if (fs::is_symlink(path, error)) collect_folders(path, listing_.folders);
    if (fs::is_directory(path, error)) return folder(path, depth + 1);
    if (!is_manifest_name(path)) return;
    if (listing_.files.size() < kMostManifests) {
      listing_.files.push_back(path);
    } else if (!full_) {
      full_ = true;
      listing_.errors.emplace_back(path.parent_path(), "", "more than 10000 manifests");
    }
  }

  Listing& listing_;
  fs::path except_;
  std::set<fs::path> seen_;
  bool full_ = false;
};

/// The folder itself where `path` leads through symlinks.
fs::path real_folder(const fs::path& path) {
  std::error_code error;
  auto real = fs::weakly_canonical(path, error);
  return error ? path : real;
}

/// Follows `path` part by part; `budget` bounds the symlinks of the whole way.
void follow(const fs::path& path, std::set<fs::path>& folders, int& budget) {
  fs::path so_far;
  for (const auto& part : path) {
    so_far /= part;
    std::error_code error;
    if (!fs::is_symlink(so_far, error)) continue;
    const auto folder = real_folder(so_far.parent_path());
    folders.insert(folder);
    const auto target = fs::read_symlink(so_far, error);
    if (error || --budget < 0) return;
    follow(target.is_absolute() ? target : folder / target, folders, budget);
  }
  folders.insert(real_folder(path.parent_path()));
}

}  // namespace

ManifestFile::~ManifestFile() {
  certsync::wipe(text);
}

Listing list_manifests(const fs::path& directory, const fs::path& except) {
  Listing listing;
  collect_folders(directory, listing.folders);
  std::error_code error;
  if (!fs::is_symlink(directory, error)) listing.folders.clear();
  Walk(listing, except).folder(directory, 0);
  listing.readable = listing.folders.contains(directory);
  listing.folders.insert(directory);
  return listing;
}

void collect_folders(const fs::path& path, std::set<fs::path>& folders) {
  int budget = kMostSymlinks;
  follow(path, folders, budget);
}

bool is_below(const fs::path& path, const fs::path& root) {
  std::error_code error;
  const auto real = fs::weakly_canonical(path, error);
  if (error) return false;
  const auto real_root = fs::weakly_canonical(root, error);
  if (error) return false;
  const auto relative = real.lexically_relative(real_root);
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace certsync::manifests
