#include "kube/api_client.h"

namespace certsync::kube {
namespace {

constexpr std::chrono::seconds kAfterLostConnection{1};
constexpr int kUnauthorized = 401;

bool is_success(int status) {
  return status >= 200 && status <= 299;
}

std::string host_of(const std::string& url) {
  const auto scheme = url.find("://");
  const auto start = scheme == std::string::npos ? 0 : scheme + 3;
  return url.substr(start, url.find('/', start) - start);
}

std::string code_of(const tl::expected<http::Response, http::Failure>& outcome) {
  return outcome ? std::to_string(outcome->status) : "<error>";
}

/// How long to wait before the server's own wish is met; nothing = it wished for no other try.
std::optional<std::chrono::milliseconds> wish_of(const ApiError& error, http::Method method) {
  if ((error.code == 429 || error.code >= 500) && error.retry_after) return error.retry_after;
  if (error.lost && method == http::Method::Get) return kAfterLostConnection;
  return std::nullopt;
}

}  // namespace

ApiClient::ApiClient(Credentials& credentials, MakeTransport make, std::string user_agent, const Clock& clock,
                     Sleeper& sleeper, ports::Recorder& recorder)
    : credentials_(credentials),
      make_(std::move(make)),
      user_agent_(std::move(user_agent)),
      clock_(clock),
      sleeper_(sleeper),
      recorder_(recorder) {}

Result<ApiClient::Line> ApiClient::line(std::stop_token stop) {
  auto access = credentials_.access(std::move(stop));
  if (!access) return tl::unexpected(access.error());
  Line line;
  line.host = host_of(access->transport.base_url);
  line.headers = std::move(access->headers);
  line.headers.emplace_back("User-Agent", user_agent_);
  if (!access->token.empty()) {
    std::string bearer = "Bearer ";
    bearer.reserve(bearer.size() + access->token.size());
    line.headers.emplace_back("Authorization", std::move(bearer.append(access->token.reveal())));
  }
  std::lock_guard lock(mutex_);
  // Another thread may have got a newer one meanwhile.
  if (!transport_ || access->generation > generation_) {
    // Requests under way keep the old one alive until they end.
    transport_ = make_(std::move(access->transport));
    generation_ = access->generation;
  }
  host_ = line.host;
  line.transport = transport_;
  return line;
}

std::string ApiClient::host() {
  std::lock_guard lock(mutex_);
  return host_;
}

http::Request ApiClient::request_of(const Call& call, const http::Headers& headers) const {
  http::Request request;
  request.method = call.method;
  request.target = call.target;
  request.headers = headers;
  request.headers.emplace_back("Accept", call.accept);
  request.body = SecretBytes(std::string(call.body));
  request.content_type = call.content_type;
  request.timeout = call.timeout;
  request.max_response_bytes = call.max_response_bytes;
  return request;
}

void ApiClient::count(const Call& call, const std::string& host, SteadyPoint started, const Outcome& outcome) {
  recorder_.api_request(std::string(http::to_text(call.method)), host, code_of(outcome), clock_.steady() - started,
                        call.body.size(), outcome ? outcome->body.size() : 0);
}

ApiResult<http::Response> ApiClient::once(const Call& call, const Send& send, std::stop_token stop) {
  for (bool second = false;; second = true) {
    const auto started = clock_.steady();
    auto line = this->line(stop);
    if (!line) {
      ApiError error;
      error.message = line.error().message;
      return tl::unexpected(std::move(error));
    }
    auto outcome = send(*line->transport, request_of(call, line->headers));
    for (auto& header : line->headers)
      wipe(header.second);
    count(call, line->host, started, outcome);
    if (!outcome) return tl::unexpected(from_failure(outcome.error()));
    if (is_success(outcome->status)) return std::move(*outcome);
    if (outcome->status == kUnauthorized) {
      credentials_.rejected(started);
      if (!second) {
        recorder_.api_retry(std::string(http::to_text(call.method)), line->host, "401");
        continue;
      }
    }
    ApiError error = decode_status(outcome->status, outcome->body);
    if (const auto wait = parse_retry_after(outcome->header("Retry-After"), clock_.now())) error.retry_after = wait;
    return tl::unexpected(std::move(error));
  }
}

ApiResult<std::string> ApiClient::call(Call call, std::stop_token stop) {
  for (int tries = 1;; ++tries) {
    auto answer = once(
        call,
        [&](http::Transport& transport, http::Request request) { return transport.send(std::move(request), stop); },
        stop);
    if (answer) return std::move(answer->body);
    const auto wait = wish_of(answer.error(), call.method);
    if (!wait || tries >= call.tries || !sleeper_.sleep(*wait, stop)) return tl::unexpected(std::move(answer.error()));
    recorder_.api_retry(std::string(http::to_text(call.method)), host(), std::to_string(answer.error().code));
  }
}

ApiResult<void> ApiClient::watch(Call call, std::chrono::milliseconds idle, http::BodyReader& reader,
                                 std::stop_token stop) {
  auto answer = once(
      call,
      [&](http::Transport& transport, http::Request request) {
        return transport.stream(std::move(request), idle, reader, stop);
      },
      stop);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  return {};
}

}  // namespace certsync::kube
