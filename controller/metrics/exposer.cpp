#include "metrics/exposer.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>

namespace certsync::metrics {
namespace {

// A scrape takes milliseconds; two that hang must not hold both threads for long.
constexpr char kRequestTimeoutMs[] = "5000";

struct Listening {
  std::string host;
  std::string port;
};

std::optional<Listening> parse(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  Listening result{address.substr(0, colon), address.substr(colon + 1)};
  int port = -1;
  const auto* end = result.port.data() + result.port.size();
  const auto [stopped, error] = std::from_chars(result.port.data(), end, port);
  if (error != std::errc{} || stopped != end || port < 0 || port > 65535) return std::nullopt;
  // civetweb's own syntax gives a meaning to commas, plus signs and letters behind the port.
  constexpr std::string_view kAllowed = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:[]";
  if (result.host.find_first_not_of(kAllowed) != std::string::npos) return std::nullopt;
  if (result.host == "localhost") result.host = "127.0.0.1";
  return result;
}

/// What to ask civetweb for, best first: without a host, IPv6 and IPv4 on one port, or IPv4 where there is no IPv6.
std::vector<std::string> spellings(const Listening& wanted) {
  if (wanted.host.empty()) return {"+" + wanted.port, wanted.port};
  return {wanted.host + ":" + wanted.port};
}

}  // namespace

struct Exposer::Impl {
  std::unique_ptr<prometheus::Exposer> server;
};

Exposer::Exposer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Exposer::~Exposer() = default;

Result<std::unique_ptr<Exposer>> Exposer::start(const std::string& address, const PrometheusRecorder& recorder) {
  const auto wanted = parse(address);
  if (!wanted)
    return fail(ErrorKind::Stalled, Reason::SpecInvalid,
                "metrics address \"" + address + "\" is not of the form host:port");
  std::string why;
  for (const auto& spelling : spellings(*wanted)) {
    try {
      auto impl = std::make_unique<Impl>();
      impl->server = std::make_unique<prometheus::Exposer>(std::vector<std::string>{
          "listening_ports", spelling, "num_threads", "2", "request_timeout_ms", kRequestTimeoutMs});
      for (const auto& collectable : recorder.collectables()) {
        impl->server->RegisterCollectable(collectable);
      }
      return std::unique_ptr<Exposer>(new Exposer(std::move(impl)));
    } catch (const std::exception& error) {
      // civetweb says no more than that its context could not be made.
      why = error.what();
    }
  }
  return fail(ErrorKind::Stalled, Reason::SpecInvalid, "cannot listen on " + address + " for metrics: " + why);
}

int Exposer::port() const {
  const auto ports = impl_->server->GetListeningPorts();
  return ports.empty() ? 0 : ports.front();
}

}  // namespace certsync::metrics
