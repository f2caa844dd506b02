#include "sim/simulator.h"

#include <stdexcept>
#include <utility>

#include "sim/http_server.h"
#include "sim/tls_endpoints.h"
#include "sim/traffic.h"
#include "sim/x509.h"

namespace sim {

Simulator::Simulator(Options options, const certsync::Clock* clock) : Simulator(std::move(options), clock, nullptr) {
  endpoints_ = std::make_shared<TlsEndpoints>(traffic_of(*appliance_), options_.tls12_only);
  appliance_->on_change([this] { endpoints_->refresh(); });
}

Simulator::Simulator(Options options, const certsync::Clock* clock, std::shared_ptr<HaGroup> ha)
    : options_(std::move(options)), appliance_(std::make_unique<Appliance>(options_, clock, std::move(ha))) {
  if (options_.certificate_pem.empty()) {
    SelfSigned pair = make_self_signed("nitro-sim", appliance_->clock().now());
    options_.certificate_pem = std::move(pair.certificate_pem);
    options_.key_pem = std::move(pair.key_pem);
  }
  const auto certificate = parse_certificate(options_.certificate_pem);
  if (!certificate) throw std::runtime_error("the management certificate is no PEM certificate");
  fingerprint_ = certificate_fingerprint(*certificate);
  server_ = std::make_unique<HttpServer>(
      [this](const Request& request) { return serve(request, *appliance_, faults_, log_); }, options_.certificate_pem,
      options_.key_pem, options_.host, options_.port);
}

Simulator::~Simulator() {
  server_.reset();
  appliance_->on_change(nullptr);
}

std::string Simulator::url() const {
  return "https://" + options_.host + ":" + std::to_string(server_->port());
}

std::string Simulator::endpoint(const std::string& vserver) const {
  return endpoints_->address(vserver);
}

std::map<std::string, std::string> Simulator::endpoints() const {
  return endpoints_->addresses();
}

std::size_t Simulator::handshakes(const std::string& vserver) const {
  return endpoints_->handshakes(vserver);
}

std::size_t Simulator::failed_handshakes(const std::string& vserver) const {
  return endpoints_->failed_handshakes(vserver);
}

std::size_t Simulator::open_connections(const std::string& vserver) const {
  return endpoints_->open_connections(vserver);
}

void Simulator::set_manner(const std::string& vserver, Manner manner) {
  endpoints_->set_manner(vserver, manner);
}

void Simulator::reboot() {
  server_->cut_connections();
  appliance_->reboot();
}

void Simulator::stop_listening() {
  server_->stop();
}

void Simulator::start_listening() {
  server_->start();
}

}  // namespace sim
