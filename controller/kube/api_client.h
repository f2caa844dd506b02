// The API server over HTTP: adds credentials, tries again where the server asks for it, counts.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/sleeper.h"
#include "kube/api.h"
#include "kube/credentials.h"
#include "ports/recorder.h"

namespace certsync::kube {

/// Thread-safe.
class ApiClient final : public Api {
 public:
  using MakeTransport = std::function<std::unique_ptr<http::Transport>(http::TransportOptions)>;

  ApiClient(Credentials& credentials, MakeTransport make, std::string user_agent, const Clock& clock, Sleeper& sleeper,
            ports::Recorder& recorder);

  ApiResult<std::string> call(Call call, std::stop_token stop) override;
  ApiResult<void> watch(Call call, std::chrono::milliseconds idle, http::BodyReader& reader,
                        std::stop_token stop) override;

 private:
  struct Line {
    std::shared_ptr<http::Transport> transport;
    std::string host;
    http::Headers headers;
  };
  using Outcome = tl::expected<http::Response, http::Failure>;
  using Send = std::function<Outcome(http::Transport&, http::Request)>;

  Result<Line> line(std::stop_token stop);
  std::string host();
  /// One try, and a second one with fresh credentials after a 401.
  ApiResult<http::Response> once(const Call& call, const Send& send, std::stop_token stop);
  http::Request request_of(const Call& call, const http::Headers& headers) const;
  void count(const Call& call, const std::string& host, SteadyPoint started, const Outcome& outcome);

  Credentials& credentials_;
  MakeTransport make_;
  std::string user_agent_;
  const Clock& clock_;
  Sleeper& sleeper_;
  ports::Recorder& recorder_;
  std::mutex mutex_;
  std::shared_ptr<http::Transport> transport_;
  std::uint64_t generation_ = 0;
  std::string host_;
};

}  // namespace certsync::kube
