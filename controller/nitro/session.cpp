#include "nitro/session.h"

#include <utility>

#include "nitro/codes.h"
#include "nitro/wire.h"

namespace certsync::nitro {
namespace {

constexpr std::chrono::minutes kBetweenLogins{1};
constexpr std::chrono::minutes kAfterRefusal{30};
constexpr std::string_view kBase = "/nitro/v1/config/";
constexpr std::string_view kStatistics = "/nitro/v1/stat/";

std::string resource_name(std::string_view resource) {
  return std::string(resource.substr(0, resource.find_first_of("/?")));
}

std::string seconds_text(SteadyPoint::duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count() + 1) + " s";
}

}  // namespace

Session::Session(SessionOptions options, std::unique_ptr<http::Transport> transport, CredentialsReader credentials,
                 const Clock& clock, const Logger& log, ports::Recorder& recorder)
    : options_(std::move(options)),
      transport_(std::move(transport)),
      credentials_(std::move(credentials)),
      clock_(clock),
      log_(log),
      recorder_(recorder) {}

Session::~Session() {
  wipe(cookie_);
}

void Session::begin_pass() {
  std::lock_guard lock(login_mutex_);
  renewal_left_ = true;
}

Result<Answer> Session::call(const Client& client, Call call, std::stop_token stop) {
  std::shared_lock<std::shared_mutex> lock;
  auto cookie = enter(client, lock, stop);
  if (!cookie) return tl::unexpected(cookie.error());
  auto answer = send(client, call, *cookie, stop);
  if (answer && session_is_dead(*answer)) {
    // The appliance refused before doing anything, so the same request may be sent again.
    forget_token(*cookie);
    wipe(*cookie);
    lock = {};
    cookie = enter(client, lock, stop);
    if (!cookie) return tl::unexpected(cookie.error());
    answer = send(client, call, *cookie, stop);
  }
  wipe(*cookie);
  return answer;
}

Result<std::string> Session::enter(const Client& client, std::shared_lock<std::shared_mutex>& lock,
                                   std::stop_token stop) {
  // Somebody else's switch, or a new login, may come between ours and the call; not for ever.
  constexpr int kMostSwitches = 20;
  for (int i = 0; i < kMostSwitches; ++i) {
    lock = std::shared_lock(partition_mutex_);
    auto place = token(client, stop);
    if (!place) return tl::unexpected(place.error());
    if (place->partition == client.partition) return std::move(place->cookie);
    wipe(place->cookie);
    lock.unlock();
    if (auto switched = switch_partition(client, stop); !switched) return tl::unexpected(switched.error());
  }
  return fail(ErrorKind::Retry, Reason::ApplianceBusy,
              "partition " + client.partition + ": other work keeps the session elsewhere");
}

Result<void> Session::switch_partition(const Client& client, std::stop_token stop) {
  std::unique_lock alone(partition_mutex_);
  auto place = token(client, stop);
  if (!place) return tl::unexpected(place.error());
  if (place->partition == client.partition) return {};
  const std::string name = client.partition.empty() ? "default" : client.partition;
  const auto know = [&](std::optional<std::string> partition) {
    std::lock_guard lock(login_mutex_);
    partition_ = std::move(partition);
  };
  // Until the answer is there nobody knows where the session is, and everybody switches anew.
  know(std::nullopt);
  Call call{http::Method::Post, "nspartition?action=Switch", switch_body(name), "switch to partition " + name};
  auto answer = send(client, call, place->cookie, stop);
  if (answer && session_is_dead(*answer)) {
    forget_token(place->cookie);
    return {};  // looked at again by the caller, after a new login
  }
  wipe(place->cookie);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->ok()) {
    know(client.partition);
    return {};
  }
  if (answer->is_nitro) know(place->partition);
  return tl::unexpected(to_error(*answer, call.what));
}

Result<Answer> Session::send(const Client& client, Call& call, const std::string& cookie, std::stop_token stop) {
  http::Request request;
  request.method = call.method;
  request.target = std::string(call.statistics ? kStatistics : kBase) + call.resource;
  request.timeout = client.request_timeout;
  request.headers.emplace_back("Accept", "application/json");
  if (!cookie.empty()) request.headers.emplace_back("Cookie", "NITRO_AUTH_TOKEN=" + cookie);
  if (!call.body.empty()) {
    request.content_type = "application/json";
    request.body = call.body.clone();
  }
  const auto started = clock_.steady();
  auto response = exchange(client, std::move(request), stop);
  const auto method = to_text(call.method);
  const auto resource = resource_name(call.resource);
  const std::chrono::duration<double> took = clock_.steady() - started;
  if (!response) {
    const bool late = response.error().kind == http::FailureKind::Timeout;
    recorder_.nitro_request(client.appliance, resource, method, late ? "timeout" : "lost", took);
    return tl::unexpected(to_error(response.error(), call.what, call.method != http::Method::Get));
  }
  auto answer = read_answer(std::move(*response));
  recorder_.nitro_request(client.appliance, resource, method, answer.metric_code(), took);
  if (!session_is_dead(answer)) worked_ = true;
  return answer;
}

tl::expected<http::Response, http::Failure> Session::exchange(const Client& client, http::Request request,
                                                              const std::stop_token& stop) {
  if (!options_.turnstile) return transport_->send(std::move(request), stop);
  const auto pass = options_.turnstile->enter(client.max_concurrent_requests, stop);
  return transport_->send(std::move(request), stop);
}

Result<Session::Place> Session::token(const Client& client, std::stop_token stop) {
  std::lock_guard lock(login_mutex_);
  if (cookie_.empty()) {
    auto fresh = login(client, stop);
    if (!fresh) return tl::unexpected(fresh.error());
    cookie_ = std::move(*fresh);
    partition_ = "";
  }
  return Place{cookie_, partition_};
}

void Session::forget_token(const std::string& used) {
  std::lock_guard lock(login_mutex_);
  if (cookie_ != used) return;  // somebody else has renewed it already
  wipe(cookie_);
  // A renewal that was good for nothing is no reason for another one: then the ration of a minute rules.
  renewing_ = renewal_left_ && (worked_ || !renewed_);
  renewal_left_ = false;
}

Result<void> Session::may_login(const Credentials& credentials) const {
  const auto now = clock_.steady();
  const bool changed = credentials.version != last_version_;
  if (refused_at_ && !changed && now - *refused_at_ < kAfterRefusal) {
    return fail(ErrorKind::Stalled, Reason::CredentialsRejected,
                "login as " + credentials.username + ": refused before; not tried again for " +
                    seconds_text(*refused_at_ + kAfterRefusal - now) +
                    ", since accounts lock. Mend the credentials Secret: a changed one is tried at once");
  }
  if (last_login_ && !changed && !renewing_ && now - *last_login_ < kBetweenLogins) {
    return fail(ErrorKind::Wait, Reason::SessionLimit,
                "login as " + credentials.username + ": one a minute; the next in " +
                    seconds_text(*last_login_ + kBetweenLogins - now));
  }
  return {};
}

Result<std::string> Session::login(const Client& client, std::stop_token stop) {
  auto credentials = credentials_();
  if (!credentials) return tl::unexpected(credentials.error());
  if (auto allowed = may_login(*credentials); !allowed) return tl::unexpected(allowed.error());
  renewed_ = std::exchange(renewing_, false);
  worked_ = false;

  http::Request request;
  request.method = http::Method::Post;
  request.target = std::string(kBase) + "login";
  request.timeout = client.request_timeout;
  request.content_type = "application/json";
  request.headers.emplace_back("Accept", "application/json");
  request.body = login_body(credentials->username, credentials->password);
  const auto started = clock_.steady();
  auto response = exchange(client, std::move(request), stop);
  const std::chrono::duration<double> took = clock_.steady() - started;
  if (!response) {
    // A login that may have arrived counts: it may have cost a session.
    if (response.error().maybe_sent) {
      last_login_ = clock_.steady();
      last_version_ = credentials->version;
    } else {
      renewing_ = renewed_;  // nobody has heard of it: the next try is still the renewal
    }
    const bool late = response.error().kind == http::FailureKind::Timeout;
    recorder_.nitro_request(client.appliance, "login", "POST", late ? "timeout" : "lost", took);
    return tl::unexpected(to_error(response.error(), "login", false));
  }
  auto cookie = judge_login(client, *response, *credentials);
  recorder_.nitro_request(client.appliance, "login", "POST", read_answer(std::move(*response)).metric_code(), took);
  return cookie;
}

Result<std::string> Session::judge_login(const Client& client, const http::Response& response,
                                         const Credentials& credentials) {
  const Answer answer = read_answer(response);
  if (answer.is_nitro || answer.status == 401) {
    last_login_ = clock_.steady();
    last_version_ = credentials.version;
  } else {
    renewing_ = renewed_;  // a web server's page: NITRO has not heard of it
  }
  if (!answer.ok()) {
    Error error = to_error(answer, "login as " + credentials.username);
    if (error.reason == Reason::CredentialsRejected) refused_at_ = clock_.steady();
    return tl::unexpected(std::move(error));
  }
  refused_at_.reset();
  std::string cookie = session_token(response);
  if (cookie.empty()) {
    return fail(ErrorKind::Retry, Reason::NitroError,
                "login as " + credentials.username + ": the answer has no session token");
  }
  log_.debug("logged in", {{"appliance", client.appliance}, {"user", credentials.username}});
  return cookie;
}

void Session::join() {
  std::lock_guard lock(login_mutex_);
  ++clients_;
}

void Session::abandon() {
  std::lock_guard lock(login_mutex_);
  --clients_;
}

void Session::leave(const Client& client) {
  {
    std::lock_guard lock(login_mutex_);
    if (--clients_ > 0) return;
  }
  logout(client);
}

void Session::logout(const Client& client) {
  std::unique_lock alone(partition_mutex_);
  std::string cookie;
  {
    std::lock_guard lock(login_mutex_);
    cookie.swap(cookie_);
  }
  if (cookie.empty()) return;
  Call call{http::Method::Post, "logout", SecretBytes(std::string(R"({"logout":{}})")), "logout"};
  if (auto answer = send(client, call, cookie, {}); !answer || !answer->ok()) {
    log_.warn("the session could not be logged out; the appliance drops it when it times out",
              {{"appliance", client.appliance}});
  }
  wipe(cookie);
}

}  // namespace certsync::nitro
