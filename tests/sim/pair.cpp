#include "sim/pair.h"

#include "sim/http_server.h"
#include "sim/tls_endpoints.h"
#include "sim/traffic.h"
#include "sim/x509.h"

namespace sim {
namespace {

constexpr std::array<const char*, 2> kNodeAddresses = {"127.0.0.11", "127.0.0.12"};

}  // namespace

Pair::Pair(const Options& options, const certsync::Clock* clock) : ha_(std::make_shared<HaGroup>(options.ha)) {
  Options of_node = options;
  of_node.port = 0;
  if (options.certificate_pem.empty()) {
    const auto now = clock == nullptr ? certsync::make_system_clock()->now() : clock->now();
    SelfSigned pair = make_self_signed("nitro-sim", now, {options.host, kNodeAddresses[0], kNodeAddresses[1]});
    of_node.certificate_pem = std::move(pair.certificate_pem);
    of_node.key_pem = std::move(pair.key_pem);
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    of_node.host = kNodeAddresses.at(i);
    nodes_.at(i).reset(new Simulator(of_node, clock, ha_));
  }
  ha_->sync_files();
  make_endpoints(options.tls12_only);
  floating_ = std::make_unique<HttpServer>(
      [this](const Request& request) {
        Simulator& node = primary();
        return serve(request, node.appliance(), node.faults(), node.log());
      },
      of_node.certificate_pem, of_node.key_pem, options.host, options.port);
  ha_->on_failover([this] {
    floating_->cut_connections();
    nodes_[0]->endpoints_->cut_connections();
    nodes_[0]->endpoints_->refresh();
  });
}

Pair::~Pair() {
  ha_->on_failover(nullptr);
  floating_.reset();
  for (auto& node : nodes_) {
    node->stop_listening();
    node->appliance().on_change(nullptr);
  }
  // Their threads ask the nodes what to serve.
  for (auto& node : nodes_) {
    node->endpoints_.reset();
  }
}

void Pair::make_endpoints(bool tls12_only) {
  const auto endpoints = std::make_shared<TlsEndpoints>(
      Traffic{[this] { return primary().appliance().ssl_vservers(); },
              [this](const std::string& vserver) { return primary().appliance().serving(vserver); },
              [this](const std::string& vserver, const std::string& address, int port) {
                for (auto& node : nodes_) {
                  node->appliance().set_endpoint(vserver, address, port);
                }
              }},
      tls12_only);
  for (auto& node : nodes_) {
    node->endpoints_ = endpoints;
    node->appliance().on_change([raw = endpoints.get()] { raw->refresh(); });
  }
}

std::string Pair::floating_url() const {
  return "https://" + floating_->host() + ":" + std::to_string(floating_->port());
}

void Pair::put_file(const std::string& name, const std::string& content) {
  for (auto& node : nodes_) {
    node->put_file(name, content);
  }
}

int Pair::add_certkey(const std::string& name, const std::string& cert_pem, const std::string& key_pem) {
  put_file(name + ".pem", cert_pem);
  if (!key_pem.empty()) put_file(name + ".key", key_pem);
  return primary().add_certkey(name, cert_pem, key_pem);
}

void Pair::mark_saved(bool saved) {
  for (auto& node : nodes_) {
    node->mark_saved(saved);
  }
}

void Pair::add_user(const std::string& name, const std::string& password, const std::vector<std::string>& allow,
                    const std::vector<std::string>& deny) {
  for (auto& node : nodes_) {
    node->appliance().add_user(name, password, allow, deny);
  }
}

}  // namespace sim
