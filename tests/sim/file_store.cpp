#include "sim/file_store.h"

#include <utility>

namespace sim {
FileStore::FileStore() {
  for (const char* folder : {"/nsconfig", "/nsconfig/ssl", "/nsconfig/loginschema", "/var", "/var/tmp"}) {
    folders_[folder];
  }
}

std::string FileStore::canonical(std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') {
    folder.pop_back();
  }
  constexpr std::string_view kFlash = "/flash";
  if (folder.starts_with("/flash/nsconfig")) folder.erase(0, kFlash.size());
  return folder;
}

bool FileStore::permitted(const std::string& folder) {
  const std::string path = canonical(folder);
  if (path.find("..") != std::string::npos) return false;
  return path == "/nsconfig" || path.starts_with("/nsconfig/") || path == "/var" || path.starts_with("/var/");
}

const File* FileStore::find(const std::string& folder, const std::string& name) const {
  const auto& all = files(folder);
  const auto found = all.find(name);
  return found == all.end() ? nullptr : &found->second;
}

void FileStore::put(const std::string& folder, const std::string& name, std::string content, certsync::TimePoint now) {
  folders_[canonical(folder)][name] = File{std::move(content), now};
}

bool FileStore::remove(const std::string& folder, const std::string& name) {
  const auto found = folders_.find(canonical(folder));
  return found != folders_.end() && found->second.erase(name) > 0;
}

const std::map<std::string, File>& FileStore::files(const std::string& folder) const {
  static const std::map<std::string, File> kNone;
  const auto found = folders_.find(canonical(folder));
  return found == folders_.end() ? kNone : found->second;
}

std::vector<std::string> FileStore::subfolders(const std::string& folder) const {
  const std::string prefix = canonical(folder) + "/";
  std::vector<std::string> names;
  for (const auto& [path, content] : folders_) {
    if (path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos) {
      names.push_back(path.substr(prefix.size()));
    }
  }
  return names;
}

std::size_t FileStore::bytes() const {
  std::size_t sum = 0;
  for (const auto& [folder, files] : folders_) {
    for (const auto& [name, file] : files) {
      sum += file.content.size();
    }
  }
  return sum;
}

void FileStore::take_ssl_files(const FileStore& from) {
  for (const auto& [folder, files] : from.folders_) {
    if (!folder.ends_with("/ssl")) continue;
    for (const auto& [name, file] : files) {
      folders_[folder].insert_or_assign(name, file);
    }
  }
}

}  // namespace sim
