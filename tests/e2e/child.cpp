#include "e2e/child.h"

#include <array>
#include <csignal>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace e2e {

Child::Child(const std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> argv;
  for (const auto& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  if (posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  pipe_ = ends[0];
  reader_ = std::thread([this] { read_all(); });
}

Child::~Child() {
  if (!done_) {
    signal(SIGKILL);
    wait();
  }
  reader_.join();
  close(pipe_);
}

void Child::read_all() {
  std::array<char, 4096> buffer{};
  for (ssize_t got = read(pipe_, buffer.data(), buffer.size()); got > 0;
       got = read(pipe_, buffer.data(), buffer.size())) {
    std::lock_guard lock(mutex_);
    output_.append(buffer.data(), static_cast<std::size_t>(got));
    changed_.notify_all();
  }
  std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

void Child::signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

int Child::wait() {
  if (!done_ && pid_ > 0) {
    int status = 0;
    waitpid(pid_, &status, 0);
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    done_ = true;
  }
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(10), [&] { return closed_; });
  return status_;
}

bool Child::ended() const {
  std::lock_guard lock(mutex_);
  return closed_;
}

std::string Child::output() const {
  std::lock_guard lock(mutex_);
  return output_;
}

std::string Child::wait_for(const std::string& text, std::chrono::seconds patience) {
  std::unique_lock lock(mutex_);
  std::string rest;
  changed_.wait_for(lock, patience, [&] {
    const auto at = output_.find(text);
    const auto end = at == std::string::npos ? at : output_.find('\n', at);
    if (end == std::string::npos) return closed_;
    rest = output_.substr(at + text.size(), end - at - text.size());
    if (rest.empty()) rest.push_back(' ');
    return true;
  });
  return rest;
}

}  // namespace e2e
