// The appliance's disk: a few folders, no more.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/model.h"

namespace sim {

inline constexpr const char* kSslFolder = "/nsconfig/ssl";

/// Not thread-safe: the appliance's mutex guards it.
class FileStore {
 public:
  FileStore();

  /// /nsconfig/ssl/ and /flash/nsconfig/ssl are the folder /nsconfig/ssl.
  static std::string canonical(std::string folder);
  /// Folders a user may write to at all.
  static bool permitted(const std::string& folder);
  bool has_folder(const std::string& folder) const { return folders_.contains(canonical(folder)); }

  void add_folder(const std::string& folder) { folders_[canonical(folder)]; }

  const File* find(const std::string& folder, const std::string& name) const;
  void put(const std::string& folder, const std::string& name, std::string content, certsync::TimePoint now);
  bool remove(const std::string& folder, const std::string& name);
  const std::map<std::string, File>& files(const std::string& folder) const;
  std::size_t bytes() const;
  const std::map<std::string, std::map<std::string, File>>& folders() const { return folders_; }
  /// Adds and replaces, takes nothing away.
  void take_ssl_files(const FileStore& from);
  std::vector<std::string> subfolders(const std::string& folder) const;

 private:
  std::map<std::string, std::map<std::string, File>> folders_;
};

}  // namespace sim
