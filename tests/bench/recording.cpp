#include "bench/recording.h"

#include <utility>

namespace bench {
namespace {

using namespace certsync;

class Recorded final : public http::Transport {
 public:
  Recorded(std::unique_ptr<http::Transport> real, Recording& recording)
      : real_(std::move(real)), recording_(recording) {}

  tl::expected<http::Response, http::Failure> send(http::Request request, std::stop_token stop) override {
    recording_.take(request);
    return real_->send(std::move(request), std::move(stop));
  }
  tl::expected<http::Response, http::Failure> stream(http::Request request, std::chrono::milliseconds idle,
                                                     http::BodyReader& reader, std::stop_token stop) override {
    return real_->stream(std::move(request), idle, reader, std::move(stop));
  }

 private:
  std::unique_ptr<http::Transport> real_;
  Recording& recording_;
};

/// Requests of one kind may go at once; the next kind needs what this one did. Reads go one by one in any case.
std::string kind_of(const PlainRequest& request) {
  return request.method + (request.target.find("systemfile") != std::string::npos ? " files" : "") +
         (request.target.find("action=save") != std::string::npos ? " save" : "");
}

}  // namespace

nitro::TransportMaker Recording::around(nitro::TransportMaker real) {
  return [this, real = std::move(real)](http::TransportOptions options) {
    return std::make_unique<Recorded>(real(std::move(options)), *this);
  };
}

void Recording::start() {
  tape_.with([](Tape& tape) { tape = {true, {}}; });
}

void Recording::take(const http::Request& request) {
  tape_.with([&](Tape& tape) {
    if (!tape.on) return;
    tape.requests.push_back(
        {std::string(http::to_text(request.method)), request.target, std::string(request.body.reveal())});
  });
}

std::vector<PhasedRequest> Recording::stop() {
  auto requests = tape_.with([](Tape& tape) { return std::exchange(tape, {}).requests; });
  std::vector<PhasedRequest> phased;
  for (auto& request : requests) {
    const bool same = !phased.empty() && request.method != "GET" && kind_of(phased.back().request) == kind_of(request);
    phased.push_back({std::move(request), phased.empty() ? 0 : phased.back().phase + (same ? 0 : 1)});
  }
  return phased;
}

}  // namespace bench
