// A real process: started, watched through its stderr, signalled, waited for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace e2e {

class Child {
 public:
  /// Starts `arguments[0]`; stderr and stdout are collected line by line.
  explicit Child(const std::vector<std::string>& arguments);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int pid() const { return pid_; }
  void signal(int number) const;
  /// Exit code, or 128 + the signal that ended it.
  int wait();
  /// It has closed its output.
  bool ended() const;
  std::string output() const;
  /// Until `text` stands in the output; the rest of its line after `text`. Empty = it never came.
  std::string wait_for(const std::string& text, std::chrono::seconds patience = std::chrono::seconds(60));

 private:
  void read_all();

  int pid_ = -1;
  int pipe_ = -1;
  bool done_ = false;
  int status_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string output_;
  bool closed_ = false;
  std::thread reader_;
};

}  // namespace e2e
