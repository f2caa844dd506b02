// Where commands write: stdout for what was asked for, stderr for how far it is.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>

#include "cli/table.h"

namespace certsync::app {

/// Its width; colours only on a terminal, and not with NO_COLOR (https://no-color.org) or TERM=dumb.
cli::Terminal terminal_of_stdout();

/// All of it to stdout; false when it could not be written (a full disk; a closed pipe is no failure of ours).
bool write_out(const std::string& text);

/// "12 of 50 appliances" on stderr, in one line that is rewritten; silent where that is no terminal. Thread-safe.
class Progress {
 public:
  Progress(std::string what, std::size_t all);
  void show(std::size_t done);
  void end();

 private:
  std::string what_;
  std::size_t all_;
  bool shown_;
  std::mutex mutex_;
};

}  // namespace certsync::app
