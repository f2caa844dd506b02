#include "app/health.h"

#include <array>

#include <civetweb.h>

namespace certsync::app {
namespace {

void answer(mg_connection* connection, bool good, const std::string& body) {
  mg_printf(connection,
            "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
            "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
            good ? "200 OK" : "500 Internal Server Error", body.size(), body.c_str());
}

// The path below /healthz or /readyz names one check; without it all are run.
int check(mg_connection* connection, const std::vector<HealthCheck>& checks, std::string_view prefix) {
  std::string_view rest = std::string_view(mg_get_request_info(connection)->local_uri).substr(prefix.size());
  if (rest.starts_with('/')) rest.remove_prefix(1);
  std::string list;
  bool all = true;
  bool found = rest.empty() || rest == "ping";
  for (const auto& one : checks) {
    if (!rest.empty() && rest != one.name) continue;
    found = true;
    const bool good = one.healthy();
    all = all && good;
    list += (good ? "[+]" : "[-]") + one.name + (good ? " ok\n" : " failed\n");
  }
  if (!found) {
    mg_send_http_error(connection, 404, "no check of that name");
    return 404;
  }
  answer(connection, all, all ? "ok" : list);
  return all ? 200 : 500;
}

}  // namespace

struct HealthServer::Impl {
  std::vector<HealthCheck> live;
  std::vector<HealthCheck> ready;
  mg_context* context = nullptr;

  ~Impl() {
    if (context != nullptr) mg_stop(context);
  }
};

HealthServer::HealthServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HealthServer::~HealthServer() = default;

Result<std::unique_ptr<HealthServer>> HealthServer::start(const std::string& address, std::vector<HealthCheck> live,
                                                          std::vector<HealthCheck> ready) {
  auto impl = std::make_unique<Impl>();
  impl->live = std::move(live);
  impl->ready = std::move(ready);
  const std::string listen = address.starts_with(':') ? "0.0.0.0" + address : address;
  const std::array<const char*, 7> settings = {"listening_ports",    listen.c_str(), "num_threads", "2",
                                               "request_timeout_ms", "5000",         nullptr};
  impl->context = mg_start(nullptr, nullptr, const_cast<const char**>(settings.data()));
  if (impl->context == nullptr) {
    return fail(ErrorKind::Stalled, Reason::SpecInvalid,
                "--health-address " + address + ": cannot listen there; is the port taken?");
  }
  mg_set_request_handler(
      impl->context, "/healthz",
      [](mg_connection* connection, void* data) {
        return check(connection, static_cast<Impl*>(data)->live, "/healthz");
      },
      impl.get());
  mg_set_request_handler(
      impl->context, "/readyz",
      [](mg_connection* connection, void* data) {
        return check(connection, static_cast<Impl*>(data)->ready, "/readyz");
      },
      impl.get());
  return std::unique_ptr<HealthServer>(new HealthServer(std::move(impl)));
}

int HealthServer::port() const {
  std::array<mg_server_port, 1> ports{};
  return mg_get_server_ports(impl_->context, static_cast<int>(ports.size()), ports.data()) > 0 ? ports.front().port : 0;
}

}  // namespace certsync::app
