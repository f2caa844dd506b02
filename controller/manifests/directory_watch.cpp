#include "manifests/directory_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace certsync::manifests {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kQuiet{100};
constexpr milliseconds kLongestSettling{1000};
constexpr std::size_t kMostFolders = 20'000;
constexpr std::uint32_t kEvents = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE |
                                  IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

struct DirectoryWatch::Impl {
  explicit Impl(const Logger& log_) : log(log_) {}

  const Logger& log;
  int events = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  int wake = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::set<int> watched;
  bool complained = false;

  /// The number of the watch, the same again for a folder that is watched already.
  int add(fs::path folder) {
    while (true) {
      const int number = ::inotify_add_watch(events, folder.c_str(), kEvents);
      if (number >= 0) return number;
      const int code = errno;
      if ((code == ENOENT || code == ENOTDIR) && folder.has_parent_path() && folder != folder.parent_path()) {
        folder = folder.parent_path();
        continue;
      }
      complain(folder, code);
      return -1;
    }
  }

  void complain(const fs::path& folder, int code) {
    if (complained) return;
    complained = true;
    log.warn("a folder cannot be watched; changes in it are seen within 30 s",
             {{"folder", folder.string()}, {"error", std::generic_category().message(code)}});
  }

  void drain() const {
    alignas(inotify_event) std::array<char, 16384> buffer;
    while (::read(events, buffer.data(), buffer.size()) > 0) {
    }
  }

  /// Waits for one of the two descriptors.
  WatchResult poll_once(milliseconds most) const {
    std::array<pollfd, 2> fds{pollfd{wake, POLLIN, 0}, pollfd{events, POLLIN, 0}};
    const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(std::max(most, milliseconds(0)).count()));
    if (ready <= 0) return WatchResult::TimedOut;
    return fds[0].revents != 0 ? WatchResult::Stopped : WatchResult::Changed;
  }
};

DirectoryWatch::DirectoryWatch(const Logger& log) : impl_(std::make_unique<Impl>(log)) {
  if (impl_->events < 0 || impl_->wake < 0) impl_->complain("", errno);
}

DirectoryWatch::~DirectoryWatch() {
  if (impl_->events >= 0) ::close(impl_->events);
  if (impl_->wake >= 0) ::close(impl_->wake);
}

bool DirectoryWatch::watch(const std::set<fs::path>& folders) {
  if (impl_->events < 0) return false;
  // Every path is added again each time: behind the same path another folder may lie by now.
  std::set<int> now;
  std::size_t count = 0;
  for (const auto& folder : folders) {
    if (++count > kMostFolders) {
      impl_->complain(folder, ENOSPC);
      break;
    }
    if (const int number = impl_->add(folder); number >= 0) now.insert(number);
  }
  const bool more = !std::includes(impl_->watched.begin(), impl_->watched.end(), now.begin(), now.end());
  for (int number : impl_->watched) {
    if (!now.contains(number)) ::inotify_rm_watch(impl_->events, number);
  }
  impl_->watched = std::move(now);
  return more;
}

WatchResult DirectoryWatch::wait(milliseconds most, const std::stop_token& stop) {
  std::stop_callback on_stop(stop, [this] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(impl_->wake, &one, sizeof one);
  });
  if (stop.stop_requested()) return WatchResult::Stopped;
  const auto first = impl_->poll_once(most);
  if (first != WatchResult::Changed) return first;
  const auto latest = steady_clock::now() + kLongestSettling;
  while (steady_clock::now() < latest) {
    impl_->drain();
    const auto left = std::chrono::duration_cast<milliseconds>(latest - steady_clock::now());
    const auto next = impl_->poll_once(std::min(kQuiet, left));
    if (next == WatchResult::Stopped) return next;
    if (next == WatchResult::TimedOut) break;
  }
  impl_->drain();
  return WatchResult::Changed;
}

}  // namespace certsync::manifests
