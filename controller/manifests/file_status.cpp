#include "manifests/file_status.h"

#include <cerrno>
#include <mutex>
#include <system_error>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "codec/objects.h"
#include "manifests/status_files.h"
#include "manifests/yaml_to_json.h"

namespace certsync::manifests {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr mode_t kFileMode = 0644;  // nothing in a status is secret

tl::unexpected<Error> cannot_write(const fs::path& path, const std::string& why) {
  return fail(ErrorKind::Stalled, Reason::SpecInvalid, "status: " + path.string() + ": " + why);
}

std::string system_text(int code) {
  return std::generic_category().message(code);
}

/// The codec lets no other names through; a path must not depend on that.
bool is_path_part(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

template <class T>
std::string status_text(const T& object, const char* kind) {
  ordered_json out;
  out["apiVersion"] = model::kApiVersion;
  out["kind"] = kind;
  out["metadata"]["name"] = object.meta.ref.name;
  if (!object.meta.ref.space.empty()) out["metadata"]["namespace"] = object.meta.ref.space;
  out["metadata"]["generation"] = object.meta.generation;
  const auto spec = ordered_json::parse(object.raw_spec, nullptr, false);
  if (!spec.is_discarded()) out["spec"] = spec;
  out["status"] = codec::encode_status(object.status);
  return to_yaml(out);
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// Readers see the old file or the new one. Not synced to the disk: status is never needed to keep anything right, and
/// a thousand syncs cost half a minute.
Result<void> replace_file(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return cannot_write(path.parent_path(), error.message());
  const fs::path fresh = path.parent_path() / ("." + path.filename().string() + ".new");
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kFileMode);
  if (fd < 0) return cannot_write(fresh, system_text(errno));
  const bool written = write_all(fd, text);
  const int code = errno;
  ::close(fd);
  if (!written || ::rename(fresh.c_str(), path.c_str()) != 0) {
    const int why = written ? errno : code;
    fs::remove(fresh, error);
    return cannot_write(path, system_text(why));
  }
  return {};
}

}  // namespace

struct FileStatus::Impl {
  fs::path directory;
  int lock = -1;
  std::mutex mutex;

  ~Impl() {
    if (lock >= 0) ::close(lock);
  }

  Result<void> write(const fs::path& path, const std::string& text) {
    std::lock_guard guard(mutex);
    const auto there = read_whole_file(path, kLargestManifest);
    if (there && *there == text) return {};
    return replace_file(path, text);
  }

  void remove(const fs::path& path) {
    std::lock_guard guard(mutex);
    std::error_code ignored;
    fs::remove(path, ignored);
    // The namespace's folder goes with its last object; it stays when it is not empty.
    ::rmdir(path.parent_path().c_str());
  }
};

FileStatus::FileStatus(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FileStatus::~FileStatus() = default;

Result<std::unique_ptr<FileStatus>> FileStatus::open(const fs::path& directory) {
  auto impl = std::make_unique<Impl>();
  impl->directory = directory;
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return cannot_write(directory, error.message());
  const auto path = directory / ".lock";
  impl->lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (impl->lock < 0) return cannot_write(path, system_text(errno));
  // The lock goes with the process, however it ends.
  if (::flock(impl->lock, LOCK_EX | LOCK_NB) != 0) {
    return cannot_write(directory, errno == EWOULDBLOCK ? "another process uses this directory" : system_text(errno));
  }
  return std::unique_ptr<FileStatus>(new FileStatus(std::move(impl)));
}

Result<void> FileStatus::write(const model::CertSync& sync) {
  const auto path = status_path(impl_->directory, sync);
  if (!is_path_part(sync.meta.ref.name) || !is_path_part(sync.meta.ref.space)) return cannot_write(path, "odd name");
  return impl_->write(path, status_text(sync, kCertSyncKind));
}

Result<void> FileStatus::write(const model::Appliance& appliance) {
  const auto path = status_path(impl_->directory, appliance);
  if (!is_path_part(appliance.meta.ref.name)) return cannot_write(path, "odd name");
  return impl_->write(path, status_text(appliance, kApplianceKind));
}

void FileStatus::remove_cert_sync(const model::ObjectRef& ref) {
  model::CertSync sync;
  sync.meta.ref = ref;
  if (is_path_part(ref.name) && is_path_part(ref.space)) impl_->remove(status_path(impl_->directory, sync));
}

void FileStatus::remove_appliance(const std::string& name) {
  model::Appliance appliance;
  appliance.meta.ref.name = name;
  if (is_path_part(name)) impl_->remove(status_path(impl_->directory, appliance));
}

}  // namespace certsync::manifests
