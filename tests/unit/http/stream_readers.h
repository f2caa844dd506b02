// Readers of endless answers, and a call that takes one line.
#pragma once

#include <algorithm>
#include <functional>
#include <string>

#include "unit/http/http_test_setup.h"
#include "unit/http/test_server.h"

namespace certsync::http::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Keeps what it is given and asks `work` whether to go on.
class Notes : public BodyReader {
 public:
  using Work = std::function<bool(const std::string& so_far)>;
  explicit Notes(Work work = nullptr) : work_(std::move(work)) {}
  bool read(std::string_view bytes) override {
    text += bytes;
    return work_ == nullptr || work_(text);
  }

  std::string text;

 private:
  Work work_;
};

/// Counts and forgets.
class Counter : public BodyReader {
 public:
  explicit Counter(std::function<bool()> work = nullptr) : work_(std::move(work)) {}
  bool read(std::string_view bytes) override {
    total += bytes.size();
    longest = std::max(longest, bytes.size());
    return work_ == nullptr || work_();
  }

  std::size_t total = 0;
  std::size_t longest = 0;

 private:
  std::function<bool()> work_;
};

struct Limits {
  milliseconds idle = seconds(20);
  milliseconds timeout = seconds(30);
};

inline std::string stream(Transport& transport, BodyReader& reader, Limits limits = {}, std::stop_token stop = {}) {
  auto request = get("/watch");
  request.timeout = limits.timeout;
  return text_of(transport.stream(std::move(request), limits.idle, reader, std::move(stop)));
}

}  // namespace certsync::http::test
