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

/// As in the operator: files go several at once, everything else one after the other.
bool goes_with(const PlainRequest& before, const PlainRequest& request) {
  const auto is_file = [](const PlainRequest& one) {
    return one.method != "GET" && one.target.find("systemfile") != std::string::npos;
  };
  return is_file(before) && is_file(request) && before.method == request.method;
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
    const bool same = !phased.empty() && goes_with(phased.back().request, request);
    phased.push_back({std::move(request), phased.empty() ? 0 : phased.back().phase + (same ? 0 : 1)});
  }
  return phased;
}

}  // namespace bench
