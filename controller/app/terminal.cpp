#include "app/terminal.h"

#include <cerrno>
#include <csignal>
#include <iostream>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

#include "app/environment.h"

namespace certsync::app {
namespace {

constexpr std::size_t kUsualWidth = 80;

bool is_dumb() {
  return environment("TERM") == "dumb";
}

}  // namespace

cli::Terminal terminal_of_stdout() {
  if (isatty(STDOUT_FILENO) == 0) return {};
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return {known ? size.ws_col : kUsualWidth, environment("NO_COLOR").value_or("").empty() && !is_dumb()};
}

bool write_out(const std::string& text) {
  // Whoever has seen enough closes the pipe: then writing fails, and that is all.
  std::signal(SIGPIPE, SIG_IGN);
  std::string_view left = text;
  while (!left.empty()) {
    const auto count = ::write(STDOUT_FILENO, left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EPIPE;
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Progress::Progress(std::string what, std::size_t all)
    : what_(std::move(what)), all_(all), shown_(all > 1 && isatty(STDERR_FILENO) != 0 && !is_dumb()) {}

void Progress::show(std::size_t done) {
  if (!shown_) return;
  std::lock_guard lock(mutex_);
  std::cerr << "\r" << done << " of " << all_ << " " << what_ << std::flush;
}

void Progress::end() {
  if (shown_) std::cerr << "\r\x1b[K" << std::flush;
}

}  // namespace certsync::app
