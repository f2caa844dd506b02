#include "kube/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace certsync::kube {
namespace {

using SteadyClock = std::chrono::steady_clock;
using End = ProcessResult::End;

/// Keeps the first `limit` bytes in a buffer that never grows: growing would leave copies of a secret in freed memory.
class Collector {
 public:
  explicit Collector(std::size_t limit) : bytes_(limit, '\0') {}
  ~Collector() { wipe(bytes_); }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  /// Takes one piece of what is there, if there is something. Closes `from` at the end of the stream.
  bool take_piece(Descriptor& from) {
    std::array<char, 4096> piece;
    const auto got = ::read(from.get(), piece.data(), piece.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (got <= 0) {
      from.close();
      return false;
    }
    keep({piece.data(), static_cast<std::size_t>(got)});
    explicit_bzero(piece.data(), piece.size());
    return true;
  }
  bool overflown() const { return overflown_; }
  std::string text() const { return bytes_.substr(0, filled_); }

 private:
  void keep(std::string_view piece) {
    const auto kept = std::min(piece.size(), bytes_.size() - filled_);
    std::copy_n(piece.begin(), kept, bytes_.begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ += kept;
    overflown_ = overflown_ || kept < piece.size();
  }

  std::string bytes_;
  std::size_t filled_ = 0;
  bool overflown_ = false;
};

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
    // Only our end: the program may not expect a standard output that refuses bytes.
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  }
  bool made() const { return read.get() >= 0; }

  Descriptor read;
  Descriptor write;
};

/// What posix_spawn wants to be told, and undone afterwards.
class SpawnSettings {
 public:
  SpawnSettings(const Pipe& output, const Pipe& complaint) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output.write.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, complaint.write.get(), STDERR_FILENO);

    posix_spawnattr_init(&attributes_);
    // A group of its own, so that whatever the program starts can be killed with it.
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    for (const int signal : {SIGTERM, SIGINT, SIGPIPE})
      sigaddset(&signals, signal);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
  }
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

bool names(std::string_view entry, std::string_view name) {
  return entry.starts_with(name) && entry.substr(name.size()).starts_with('=');
}

std::vector<std::string> merged_environment(const std::vector<std::pair<std::string, std::string>>& additions) {
  std::vector<std::string> entries;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    entries.emplace_back(*entry);
  for (const auto& [name, value] : additions) {
    std::erase_if(entries, [&name = name](const std::string& entry) { return names(entry, name); });
    entries.emplace_back(name).append("=").append(value);
  }
  return entries;
}

// glibc 2.36 declares pidfd_open() for C only.
int open_pidfd(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

/// A program that has been started. Everything it left running in its group dies with this object if it has not ended.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid), ended_(open_pidfd(pid)) {}
  ~Child() {
    if (pid_ > 0) kill();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Readable once the program has ended; negative where the kernel is older than Linux 5.3.
  int ended() const { return ended_.get(); }
  void kill() {
    ::kill(-pid_, SIGKILL);
    wait();
  }
  /// As shells tell it.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_;
  Descriptor ended_;
};

/// Listens to a program until it ends or must end.
class Session {
 public:
  Session(const ProcessRequest& request, std::stop_token stop)
      : request_(request),
        stop_(std::move(stop)),
        deadline_(SteadyClock::now() + request.timeout),
        output_(request.max_output_bytes),
        complaint_(kMaxComplaintBytes),
        woken_(::eventfd(0, EFD_CLOEXEC)) {}

  ProcessResult run() {
    if (!output_pipe_.made() || !complaint_pipe_.made() || woken_.get() < 0) return {End::NotStarted, errno, {}, {}};
    std::vector<std::string> argument_texts{request_.command};
    argument_texts.insert(argument_texts.end(), request_.args.begin(), request_.args.end());
    auto environment_texts = merged_environment(request_.environment);
    pid_t pid = -1;
    const int error = [&] {
      const SpawnSettings settings(output_pipe_, complaint_pipe_);
      return ::posix_spawnp(&pid, request_.command.c_str(), settings.actions(), settings.attributes(),
                            pointers(argument_texts).data(), pointers(environment_texts).data());
    }();
    for (auto& text : environment_texts)
      wipe(text);
    if (error != 0) return {error == ENOENT ? End::NotFound : End::NotStarted, error, {}, {}};
    output_pipe_.write.close();
    complaint_pipe_.write.close();

    Child child(pid);
    if (child.ended() < 0) return {End::NotStarted, errno, {}, {}};
    ProcessResult result;
    result.end = listen(child);
    if (result.end == End::Exited) {
      result.code = child.wait();
    } else {
      child.kill();
    }
    result.output = SecretBytes(output_.text());
    result.complaint = complaint_.text();
    return result;
  }

 private:
  int left() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - SteadyClock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1 << 30));
  }

  End listen(const Child& child) {
    const std::stop_callback wake(stop_, [this] { ::eventfd_write(woken_.get(), 1); });
    bool ended = false;
    while (!ended) {
      // What the program started may hold its standard output open: its own end counts.
      std::array<pollfd, 4> watched{{{output_pipe_.read.get(), POLLIN, 0},
                                     {complaint_pipe_.read.get(), POLLIN, 0},
                                     {child.ended(), POLLIN, 0},
                                     {woken_.get(), POLLIN, 0}}};
      const int ready = ::poll(watched.data(), watched.size(), left());
      if (stop_.stop_requested()) return End::Stopped;
      if (ready == 0) return End::TimedOut;
      ended = watched[2].revents != 0;
      complaint_.take_piece(complaint_pipe_.read);
      while (output_.take_piece(output_pipe_.read) && ended && !output_.overflown()) {
      }
      if (output_.overflown()) return End::TooLong;
    }
    return End::Exited;
  }

  const ProcessRequest& request_;
  std::stop_token stop_;
  SteadyClock::time_point deadline_;
  Collector output_;
  Collector complaint_;
  Pipe output_pipe_;
  Pipe complaint_pipe_;
  Descriptor woken_;
};

class PosixRunner final : public ProcessRunner {
 public:
  ProcessResult run(const ProcessRequest& request, std::stop_token stop) override {
    return Session(request, std::move(stop)).run();
  }
};

}  // namespace

std::unique_ptr<ProcessRunner> make_process_runner() {
  return std::make_unique<PosixRunner>();
}

}  // namespace certsync::kube
