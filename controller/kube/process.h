// Running another program to its end, as a port: so that tests of what calls it start none.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace certsync::kube {

struct ProcessRequest {
  /// Looked for in $PATH unless it has a slash. No shell takes part.
  std::string command;
  std::vector<std::string> args;
  /// On top of our own environment, the last of a name wins.
  std::vector<std::pair<std::string, std::string>> environment;
  std::chrono::milliseconds timeout{30'000};
  std::size_t max_output_bytes = 1u << 20;
};

struct ProcessResult {
  enum class End {
    Exited,      // by itself: `code` is its exit code, or 128 and the signal's number, as shells count
    NotFound,    // there is no such program
    NotStarted,  // `code` is errno
    TimedOut,    // killed with everything it had started, as in the next two
    TooLong,     // wrote more than max_output_bytes
    Stopped,     // the stop token
  };
  End end = End::Exited;
  int code = 0;
  /// What it wrote to its standard output; may be a secret.
  SecretBytes output;
  /// The beginning of what it wrote to its standard error.
  std::string complaint;
};

inline constexpr std::size_t kMaxComplaintBytes = 4096;

/// Thread-safe.
class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;
  /// Blocks until the program has ended. Its standard input is empty.
  virtual ProcessResult run(const ProcessRequest& request, std::stop_token stop) = 0;
};

/// Safe among threads: posix_spawn, with the signals that we block or ignore as the program expects them.
std::unique_ptr<ProcessRunner> make_process_runner();

}  // namespace certsync::kube
