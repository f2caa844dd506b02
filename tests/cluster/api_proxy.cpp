#include "cluster/api_proxy.h"

#include <algorithm>
#include <optional>
#include <regex>
#include <stdexcept>
#include <utility>

#include <openssl/ssl.h>

namespace cluster {
namespace {

constexpr std::size_t kMostTold = 8U << 20U;
constexpr char kEndOfHead[] = "\r\n\r\n";
constexpr char kNoJson[] = R"({"kind":"Status","metadata":{"resourceVersion":)";

std::string whole(int status, const std::string& words, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + std::to_string(status) + " " + words + "\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + kEndOfHead + body;
}

/// As the API server refuses.
std::string refusal(int status, const std::string& reason, const std::string& headers = "") {
  return whole(
      status, reason,
      R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"so the test wants it",)"
      R"("reason":")" +
          reason + R"(","code":)" + std::to_string(status) + "}",
      headers);
}

std::string honest_lie(ApiFault fault) {
  switch (fault) {
    case ApiFault::Conflict:
      return refusal(409, "Conflict");
    case ApiFault::Invalid:
      return refusal(422, "Invalid");
    case ApiFault::Forbidden:
      return refusal(403, "Forbidden");
    case ApiFault::TooMany:
      return refusal(429, "TooManyRequests", "Retry-After: 1\r\n");
    case ApiFault::Broken:
    case ApiFault::BrokenAfter:
      return refusal(500, "InternalError");
    case ApiFault::WrongJson:
      return whole(200, "OK", kNoJson);
    default:
      return "";
  }
}

std::size_t length_of_body(const std::string& head) {
  static const std::regex kLength("\r\ncontent-length: *([0-9]+)", std::regex::icase);
  std::smatch found;
  return std::regex_search(head, found, kLength) ? std::stoul(found[1]) : 0;
}

}  // namespace

std::string to_text(ApiFault fault) {
  static constexpr std::array kNames = {"Conflict",    "Invalid",     "Forbidden",  "TooMany",  "Broken",
                                        "ResetBefore", "BrokenAfter", "ResetAfter", "HalfBody", "WrongJson",
                                        "HangBefore",  "HangAfter",   "HangNext"};
  return kNames.at(static_cast<std::size_t>(fault));
}

std::string to_text(Family family) {
  static constexpr std::array kNames = {"write", "read", "lease"};
  return kNames.at(static_cast<std::size_t>(family));
}

struct ApiProxy::Request {
  std::string head;
  std::string body;
  std::string method;
  std::string target;

  bool watches() const { return target.find("watch=1") != std::string::npos; }
  Family family() const {
    if (target.find("/leases") != std::string::npos) return Family::Lease;
    return method == "GET" ? Family::Read : Family::Write;
  }

  /// Nothing: the connection ended. `buffer` holds what came after it.
  static std::optional<Request> read(sim::Stream& client, std::string& buffer) {
    std::array<char, 16384> chunk{};
    const auto more = [&] {
      const long got = client.read(chunk.data(), chunk.size());
      if (got > 0) buffer.append(chunk.data(), static_cast<std::size_t>(got));
      return got > 0;
    };
    std::size_t end = 0;
    while ((end = buffer.find(kEndOfHead)) == std::string::npos) {
      if (!more()) return std::nullopt;
    }
    Request request;
    request.head = buffer.substr(0, end);
    buffer.erase(0, end + 4);
    const auto length = length_of_body(request.head);
    while (buffer.size() < length) {
      if (!more()) return std::nullopt;
    }
    request.body = buffer.substr(0, length);
    buffer.erase(0, length);
    const auto space = request.head.find(' ');
    request.method = request.head.substr(0, space);
    request.target = request.head.substr(space + 1, request.head.find(' ', space + 1) - space - 1);
    return request;
  }

  /// To a server that ends the connection after it: then its answer is what comes until then.
  std::string last_of_connection() const {
    const auto line = head.find("\r\n") + 2;
    return head.substr(0, line) + "Connection: close\r\n" + head.substr(line) + kEndOfHead + body;
  }
};

ApiProxy::ApiProxy(const ControlPlane& plane)
    : server_(plane.address()), context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
  const std::string certificate = plane.pki("apiserver.crt");
  const std::string key = plane.pki("apiserver.key");
  if (SSL_CTX_use_certificate_chain_file(context_.get(), certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw std::runtime_error("the API server's certificate cannot be used");
  }
  listener_ = std::make_unique<sim::Listener>([this](int socket) { serve(socket); });
}

ApiProxy::~ApiProxy() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto* server : servers_)
      server->cut();
  }
  changed_.notify_all();
  listener_.reset();
}

void ApiProxy::arm(const ApiPlan& plan) {
  const std::lock_guard lock(mutex_);
  plan_ = plan;
  armed_ = true;
  counts_ = {};
  struck_ = 0;
  victims_.clear();
}

void ApiProxy::disarm() {
  const std::lock_guard lock(mutex_);
  armed_ = false;
  hanging_ = false;
  changed_.notify_all();
}

int ApiProxy::struck() const {
  const std::lock_guard lock(mutex_);
  return struck_;
}

std::string ApiProxy::victims() const {
  const std::lock_guard lock(mutex_);
  return victims_;
}

int ApiProxy::count(Family family) const {
  const std::lock_guard lock(mutex_);
  return counts_.at(static_cast<std::size_t>(family));
}

std::chrono::milliseconds ApiProxy::quiet() const {
  const std::lock_guard lock(mutex_);
  if (under_way_ > 0) return std::chrono::milliseconds(0);
  return std::chrono::duration_cast<std::chrono::milliseconds>(Time::now() - last_);
}

void ApiProxy::hold_watches() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void ApiProxy::release_watches() {
  const std::lock_guard lock(mutex_);
  holding_ = false;
  changed_.notify_all();
}

bool ApiProxy::told(const std::string& text) const {
  const std::lock_guard lock(mutex_);
  return told_.find(text) != std::string::npos;
}

void ApiProxy::serve(int socket) {
  sim::Stream client(socket, context_.get());
  if (!client.handshake()) return;
  std::string buffer;
  while (const auto request = Request::read(client, buffer)) {
    const bool counts = !request->watches() && request->family() != Family::Lease;
    const auto begins_or_ends = [&](int step) {
      const std::lock_guard lock(mutex_);
      last_ = Time::now();
      under_way_ += counts ? step : 0;
    };
    if (counts) begins_or_ends(1);
    const bool goes_on = answer(client, *request);
    if (counts) begins_or_ends(-1);
    if (!goes_on) return;
  }
}

bool ApiProxy::strikes(const Request& request, ApiFault& fault) {
  std::unique_lock lock(mutex_);
  const int number = ++counts_.at(static_cast<std::size_t>(request.family()));
  if (hanging_) {
    fault = ApiFault::HangBefore;
    return true;
  }
  if (!armed_ || request.family() != plan_.family || number < plan_.at || struck_ >= plan_.times) return false;
  fault = plan_.fault;
  ++struck_;
  victims_ += (victims_.empty() ? "" : ", ") + request.method + " " + request.target;
  hanging_ = fault == ApiFault::HangBefore || fault == ApiFault::HangAfter || fault == ApiFault::HangNext;
  return true;
}

bool ApiProxy::answer(sim::Stream& client, const Request& request) {
  ApiFault fault{};
  if (strikes(request, fault) && fault != ApiFault::HangNext) return lie(client, request, fault);
  if (!request.watches()) {
    const auto text = ask(request);
    return !text.empty() && client.write(text);
  }
  auto server = connect();
  const bool sent = server->connected() && server->write(request.last_of_connection());
  const bool whole = sent && stream(client, *server);
  disconnect(std::move(server));
  return whole;
}

bool ApiProxy::lie(sim::Stream& client, const Request& request, ApiFault fault) {
  switch (fault) {
    case ApiFault::HangBefore:
      hang();
      return false;
    case ApiFault::HangAfter:
      if (!request.watches()) ask(request);
      hang();
      return false;
    case ApiFault::ResetBefore:
      client.reset_on_close();
      return false;
    case ApiFault::ResetAfter:
      if (!request.watches()) ask(request);
      client.reset_on_close();
      return false;
    case ApiFault::HalfBody: {
      const auto text = request.watches() ? whole(200, "OK", kNoJson) : ask(request);
      const auto head = text.find(kEndOfHead) + 4;
      client.write(text.substr(0, head + (text.size() - head) / 2));
      client.reset_on_close();
      return false;
    }
    case ApiFault::BrokenAfter:
    case ApiFault::WrongJson:
      if (!request.watches()) ask(request);
      return client.write(honest_lie(fault));
    default:
      return client.write(honest_lie(fault));
  }
}

void ApiProxy::hang() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !hanging_; });
}

bool ApiProxy::stream(sim::Stream& client, TlsClient& server) {
  for (std::string piece; !(piece = server.read()).empty();) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !holding_; });
    if (stopping_) return false;
    if (told_.size() < kMostTold) told_ += piece;
    lock.unlock();
    if (!client.write(piece)) return false;
  }
  return false;
}

std::string ApiProxy::ask(const Request& request) {
  auto server = connect();
  std::string text;
  if (server->connected() && server->write(request.last_of_connection())) {
    for (std::string piece; !(piece = server->read()).empty();)
      text += piece;
  }
  disconnect(std::move(server));
  // Towards the operator the connection lives on.
  static const std::string kClose = "Connection: close\r\n";
  if (const auto at = text.find(kClose); at < text.find(kEndOfHead)) text.erase(at, kClose.size());
  return text;
}

std::unique_ptr<TlsClient> ApiProxy::connect() {
  auto server = std::make_unique<TlsClient>(server_);
  const std::lock_guard lock(mutex_);
  servers_.insert(server.get());
  if (stopping_) server->cut();
  return server;
}

void ApiProxy::disconnect(std::unique_ptr<TlsClient> server) {
  const std::lock_guard lock(mutex_);
  servers_.erase(server.get());
}

}  // namespace cluster
