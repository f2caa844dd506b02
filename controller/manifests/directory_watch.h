// Waits for changes in folders, with inotify. Says only *that* something changed: whoever waits reads everything anew,
// so a lost or merged event costs nothing.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <stop_token>

#include "base/log.h"

namespace certsync::manifests {

enum class WatchResult { Changed, TimedOut, Stopped };

/// For one thread; the stop token may be used from any.
class DirectoryWatch {
 public:
  explicit DirectoryWatch(const Logger& log);
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  /// These folders from now on, no others; for one that does not exist, the nearest one above it. True when one of them
  /// was not watched before: then something may have happened in it unseen.
  bool watch(const std::set<std::filesystem::path>& folders);

  /// Returns when changes came and then none for 100 ms (within 1 s in all), after `most`, or at once on stop.
  WatchResult wait(std::chrono::milliseconds most, const std::stop_token& stop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace certsync::manifests
