#include "sim/http_server.h"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <openssl/ssl.h>

#include "sim/x509.h"

namespace sim {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kMaxBodyBytes = 64U << 20U;
constexpr std::size_t kMegabyte = 1U << 20U;

struct Received {
  Request request;
  bool keep_alive = true;
};

std::shared_ptr<SSL_CTX> server_context(const std::string& certificate_pem, const std::string& key_pem) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  const auto certificate = parse_certificate(certificate_pem);
  const auto key = parse_key(key_pem, false, std::nullopt);
  if (!certificate || !key.key ||
      SSL_CTX_use_cert_and_key(context.get(), certificate->handle.get(), key.key.get(), nullptr, 1) != 1) {
    throw std::runtime_error("the management certificate and its key cannot be used");
  }
  return context;
}

/// Empty when the connection ended or sent no HTTP. `buffer` holds what came after the request.
std::optional<Received> read_request(Stream& stream, std::string& buffer) {
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  parser.body_limit(kMaxBodyBytes);
  bool continued = false;
  std::array<char, 16384> chunk{};
  while (!parser.is_done()) {
    boost::system::error_code error;
    if (!buffer.empty()) {
      buffer.erase(0, parser.put(boost::asio::buffer(buffer), error));
      if (error && error != http::error::need_more) return std::nullopt;
    }
    if (parser.is_done()) break;
    // curl asks before it sends a body of more than a megabyte.
    if (parser.is_header_done() && !continued && parser.get()[http::field::expect] == "100-continue") {
      continued = true;
      if (!stream.write("HTTP/1.1 100 Continue\r\n\r\n")) return std::nullopt;
    }
    const long got = stream.read(chunk.data(), chunk.size());
    if (got <= 0) return std::nullopt;
    buffer.append(chunk.data(), static_cast<std::size_t>(got));
  }
  Received received;
  received.keep_alive = parser.get().keep_alive();
  Request& request = received.request;
  request.method = std::string(parser.get().method_string());
  request.target = std::string(parser.get().target());
  for (const auto& field : parser.get()) {
    request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  request.body = parser.release().body();
  return received;
}

std::string head(const Response& response, std::size_t length, bool keep_alive) {
  // As captured from appliances: Apache and PHP's session headers.
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " " + response.reason + "\r\nServer: Apache\r\n" +
                     "Expires: Thu, 19 Nov 1981 08:52:00 GMT\r\n" +
                     "Cache-Control: no-store, no-cache, must-revalidate\r\nPragma: no-cache\r\n" +
                     "X-Frame-Options: SAMEORIGIN\r\n";
  for (const auto& header : response.headers) {
    text += header.name + ": " + header.value + "\r\n";
  }
  text += "Content-Length: " + std::to_string(length) + "\r\n";
  text += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return text;
}

}  // namespace

HttpServer::HttpServer(Handler handler, const std::string& certificate_pem, const std::string& key_pem,
                       std::string host, int port)
    : handler_(std::move(handler)),
      context_(certificate_pem.empty() ? nullptr : server_context(certificate_pem, key_pem)),
      host_(std::move(host)),
      port_(port) {
  start();
}

HttpServer::~HttpServer() {
  stop();
}

void HttpServer::start() {
  std::lock_guard lock(mutex_);
  stopping_ = false;
  listener_ = std::make_unique<Listener>([this](int socket) { serve(socket); }, port_, host_);
  port_ = listener_->port();
}

void HttpServer::stop() {
  std::unique_ptr<Listener> listener;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    listener = std::move(listener_);
  }
  stopped_.notify_all();
}

void HttpServer::cut_connections() {
  std::lock_guard lock(mutex_);
  if (listener_) listener_->cut_connections();
}

bool HttpServer::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, time, [this] { return stopping_; });
}

void HttpServer::serve(int socket) {
  Stream stream(socket, context_.get());
  if (!stream.handshake()) return;
  std::string buffer;
  while (auto received = read_request(stream, buffer)) {
    const Exchange exchange = handler_(received->request);
    if (!deliver(stream, exchange, received->keep_alive) || !received->keep_alive) return;
  }
}

bool HttpServer::deliver(Stream& stream, const Exchange& exchange, bool keep_alive) {
  const bool drip = exchange.delivery == Delivery::Drip;
  if (!drip && exchange.delay.count() > 0 && !pause(exchange.delay)) return false;
  const Response& response = exchange.response;
  switch (exchange.delivery) {
    case Delivery::ResetBefore:
    case Delivery::ResetAfter:
      stream.reset_on_close();
      return false;
    case Delivery::Hang:
      stream.wait_for_close();
      return false;
    case Delivery::Huge:
      return deliver_huge(stream, exchange);
    case Delivery::HalfBody: {
      // Where the honest answer has no body, one is promised that never comes whole.
      const std::string body = response.body.empty() ? R"({ "errorcode": 0, "message": "Done" })" : response.body;
      stream.write(head(response, body.size(), keep_alive) + body.substr(0, body.size() / 2));
      return false;
    }
    case Delivery::Drip: {
      const std::string all = head(response, response.body.size(), keep_alive) + response.body;
      for (const char byte : all) {
        if (!stream.write({&byte, 1}) || !pause(exchange.delay)) return false;
      }
      return true;
    }
    case Delivery::Normal:
      break;
  }
  return stream.write(head(response, response.body.size(), keep_alive) + response.body);
}

bool HttpServer::deliver_huge(Stream& stream, const Exchange& exchange) {
  const std::string begin = R"({ "errorcode": 0, "message": ")";
  const std::string end = R"(", "severity": "NONE" })";
  const std::size_t length = exchange.megabytes * kMegabyte + begin.size() + end.size();
  if (!stream.write(head(exchange.response, length, true) + begin)) return false;
  const std::string block(kMegabyte, 'x');
  for (std::size_t i = 0; i < exchange.megabytes; ++i) {
    if (!stream.write(block)) return false;
  }
  return stream.write(end);
}

}  // namespace sim
