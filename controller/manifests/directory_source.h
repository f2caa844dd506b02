// The standalone source: a directory of manifests, watched. Every *.yaml, *.yml and *.json below it, several documents
// a file. One broken file or document is reported and hides no other; what was last valid stays in force until it is
// removed or mended.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "ports/objects.h"

namespace certsync::manifests {

struct DirectoryOptions {
  std::filesystem::path directory;
  /// `source.files` must lie below it when given.
  std::optional<std::filesystem::path> files_root;
  /// The status files of earlier runs are read for `status` and generation; empty = none.
  std::filesystem::path status_directory;
  /// A manifest counts as deleted when the directory is readable and not empty and it has been absent for this long.
  std::chrono::milliseconds deletion_delay{30'000};
};

/// One thing that could not be used: file, document number (from 1, 0 = the whole file), what and what to do.
struct ManifestError {
  std::string file;
  int document = 0;
  std::string message;
};

class DirectorySource final : public ports::SecretReader {
 public:
  DirectorySource(DirectoryOptions options, const Clock& clock, const Logger& log, ports::ObjectSink& sink,
                  std::function<void(std::size_t)> on_error_count);
  ~DirectorySource() override;

  /// Reads everything once and pushes the differences to what was pushed before; then synced(). Deletions are pushed
  /// only when `may_delete` and the delay has passed; an object that is going away is pushed with `deleting` first if
  /// its deletionPolicy is Delete (until finish_deletion), else removed at once.
  void scan(bool may_delete);
  /// Scans now and again after each change on disk, until stopped. Blocks.
  void watch(const std::stop_token& stop);
  /// The clean-up of a sync that was pushed with `deleting` is done: it is removed.
  void finish_deletion(const model::ObjectRef& ref);

  std::vector<ManifestError> errors() const;

  Result<ports::SecretData> read_secret(const model::ObjectRef& ref) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace certsync::manifests
