// What the tests of the server share: a handler that answers what it is asked, and what is made of answers.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "http/server.h"

namespace certsync::http::test {

/// Collects what is logged.
class Listener {
 public:
  const Logger& log() const { return log_; }
  std::string text() const {
    std::lock_guard lock(mutex_);
    return text_;
  }
  int count(const std::string& words) const {
    const std::string said = text();
    int times = 0;
    for (auto found = said.find(words); found != std::string::npos; found = said.find(words, found + 1))
      ++times;
    return times;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
  Logger log_{LogLevel::Info, LogFormat::Text, [this](std::string_view line) {
                std::lock_guard lock(mutex_);
                text_ += std::string(line) + "\n";
              }};
};

inline const Logger& quiet() {
  static const Logger log(LogLevel::Error, LogFormat::Text, [](std::string_view) {});
  return log;
}

inline Reply echo(const std::string& path) {
  if (path == "/broken") throw std::runtime_error("broken inside");
  return {path == "/none" ? 404 : 200, "text/plain", "you asked for " + path};
}

inline ServerOptions at(const std::string& address, std::chrono::milliseconds deadline = std::chrono::seconds(5),
                        std::size_t most = 64) {
  ServerOptions options;
  options.address = address;
  options.deadline = deadline;
  options.most_connections = most;
  return options;
}

inline std::unique_ptr<Server> serve(ServerOptions options, const Logger& log = quiet(),
                                     std::function<Reply(const std::string&)> handle = echo) {
  auto server = Server::start(std::move(options), std::move(handle), log);
  EXPECT_TRUE(server.has_value()) << to_text(server.error());
  return server ? std::move(*server) : nullptr;
}

inline std::string first_line(const std::string& answer) {
  return answer.substr(0, answer.find('\r'));
}
inline std::string body(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

/// Asked again and again until it is true: for what another thread is about to do.
template <class Condition>
bool until(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
  }
  return true;
}

}  // namespace certsync::http::test
