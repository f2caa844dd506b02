// Standalone status: STATUS_DIR/netscalercertsync/<namespace>/<name>.yaml and
// STATUS_DIR/netscalerappliance/<name>.yaml, the object with its status, replaced atomically (write, rename),
// removed with its object.
#pragma once

#include <filesystem>
#include <memory>

#include "ports/status.h"

namespace certsync::manifests {

class FileStatus final : public ports::StatusSink {
 public:
  /// Takes the directory for itself (flock on a file in it). Error Stalled/SpecInvalid when another process has it or
  /// when it cannot be written.
  static Result<std::unique_ptr<FileStatus>> open(const std::filesystem::path& directory);
  ~FileStatus() override;

  Result<void> write(const model::CertSync& sync) override;
  Result<void> write(const model::Appliance& appliance) override;
  void remove_cert_sync(const model::ObjectRef& ref);
  void remove_appliance(const std::string& name);

 private:
  struct Impl;
  explicit FileStatus(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace certsync::manifests
