// A folder that goes when the test ends, with the few moves that people and tools make in it.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <stdlib.h>

namespace support {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "certsync-XXXXXX").string();
    // canonical: tests compare paths as text
    if (::mkdtemp(name.data()) != nullptr) path_ = std::filesystem::canonical(name);
  }
  ~TempFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }
  /// As editors save: a new file, renamed over the old one.
  void replace(const std::string& name, const std::string& text) const {
    write(name + "~", text);
    std::filesystem::rename(path_ / (name + "~"), path_ / name);
  }
  /// As Kubernetes and certbot switch: a new link, renamed over the old one.
  void link(const std::string& name, const std::string& target) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::filesystem::create_symlink(target, path_ / (name + "~"));
    std::filesystem::rename(path_ / (name + "~"), path_ / name);
  }
  void remove(const std::string& name) const { std::filesystem::remove_all(path_ / name); }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path_ / name).rdbuf();
    return text.str();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace support
