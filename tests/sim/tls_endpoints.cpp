#include "sim/tls_endpoints.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include <openssl/ssl.h>
#include <sys/socket.h>

#include "sim/net.h"

namespace sim {

/// What one handshake needs: the callback finds it at the SSL object.
struct Handshake {
  TlsEndpoint* endpoint;
  Serving serving = {};
  bool counted = false;
  bool failed = false;
};

/// One vserver's listener. Thread-safe.
class TlsEndpoint {
 public:
  TlsEndpoint(std::string vserver, const Traffic& traffic, bool tls12_only);

  int port() const { return port_; }
  void set_manner(Manner manner);
  std::size_t handshakes() const;
  std::size_t failed() const;
  std::size_t open() const;
  void cut_connections();
  /// Cuts the connections whose certkey is no longer served as it was.
  void cut_stale();
  Serving serving() const;
  /// Counts before the client can know the outcome, so that a test that has seen it finds it counted.
  void count(Handshake& handshake, bool succeeds);

 private:
  struct Live {
    std::string certkey;
    std::uint64_t generation = 0;
  };
  void serve(int socket);
  void converse(Stream& stream);
  void demand(SSL* ssl) const;
  bool is_silent() const;
  bool is_served(const Live& live) const;

  void listen();

  const std::string vserver_;
  const Traffic& traffic_;
  const bool tls12_only_;
  std::shared_ptr<SSL_CTX> context_;
  mutable std::mutex mutex_;
  std::map<int, Live> live_;
  std::size_t handshakes_ = 0;
  std::size_t failed_ = 0;
  Manner manner_ = Manner::Honest;
  Serving remembered_;  // for a stubborn one
  int port_ = 0;
  std::unique_ptr<Listener> listener_;  // last: its threads use all of the above
};

namespace {

/// With SNI on, a binding for the wanted name wins; else the defaults, one for each key type.
std::vector<const Served*> choose(const Serving& serving, const char* server_name) {
  std::vector<const Served*> chosen;
  if (serving.sni_enabled && server_name != nullptr) {
    for (const auto& served : serving.certkeys) {
      if (served.sni && served.certificate->covers(server_name)) chosen.push_back(&served);
    }
  }
  if (!chosen.empty()) return chosen;
  for (const auto& served : serving.certkeys) {
    if (!served.sni) chosen.push_back(&served);
  }
  return chosen;
}

bool offer(SSL* ssl, const Served& served) {
  STACK_OF(X509)* chain = sk_X509_new_null();
  for (const auto& certificate : served.chain) {
    sk_X509_push(chain, certificate->handle.get());
  }
  const int result = SSL_use_cert_and_key(ssl, served.certificate->handle.get(), served.key.get(), chain, 1);
  sk_X509_free(chain);
  return result == 1;
}

/// OpenSSL then takes RSA or ECDSA by what the client can verify.
int choose_certificate(SSL* ssl, void* /*argument*/) {
  auto* handshake = static_cast<Handshake*>(SSL_get_app_data(ssl));
  handshake->serving = handshake->endpoint->serving();
  const auto chosen = choose(handshake->serving, SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
  const bool usable = !chosen.empty() && std::all_of(chosen.begin(), chosen.end(),
                                                     [&](const Served* served) { return offer(ssl, *served); });
  handshake->endpoint->count(*handshake, usable);
  return usable ? 1 : 0;
}

/// Whoever issued it: what counts is that the client has one.
int take_any_certificate(int /*verified*/, X509_STORE_CTX* /*context*/) {
  return 1;
}

std::shared_ptr<SSL_CTX> make_context() {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Every handshake is a full one, so that it shows the certificate in use.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_mode(context.get(), SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_cert_cb(context.get(), choose_certificate, nullptr);
  return context;
}

}  // namespace

TlsEndpoint::TlsEndpoint(std::string vserver, const Traffic& traffic, bool tls12_only)
    : vserver_(std::move(vserver)), traffic_(traffic), tls12_only_(tls12_only), context_(make_context()) {
  listen();
}

void TlsEndpoint::listen() {
  listener_ = std::make_unique<Listener>([this](int socket) { serve(socket); }, port_);
  port_ = listener_->port();
}

void TlsEndpoint::set_manner(Manner manner) {
  Serving now;
  if (manner == Manner::Stubborn) now = traffic_.serving(vserver_);
  {
    std::lock_guard lock(mutex_);
    manner_ = manner;
    remembered_ = std::move(now);
  }
  if (manner == Manner::Dead) {
    listener_.reset();
  } else if (!listener_) {
    listen();
  }
  cut_stale();
}

Serving TlsEndpoint::serving() const {
  {
    std::lock_guard lock(mutex_);
    if (manner_ == Manner::Stubborn) return remembered_;
  }
  return traffic_.serving(vserver_);
}

void TlsEndpoint::cut_connections() {
  if (listener_) listener_->cut_connections();
}

std::size_t TlsEndpoint::handshakes() const {
  std::lock_guard lock(mutex_);
  return handshakes_;
}

std::size_t TlsEndpoint::failed() const {
  std::lock_guard lock(mutex_);
  return failed_;
}

std::size_t TlsEndpoint::open() const {
  std::lock_guard lock(mutex_);
  return live_.size();
}

bool TlsEndpoint::is_silent() const {
  std::lock_guard lock(mutex_);
  return manner_ == Manner::Silent;
}

void TlsEndpoint::count(Handshake& handshake, bool succeeds) {
  std::lock_guard lock(mutex_);
  if (handshake.counted == succeeds && succeeds) return;
  // The client refused what looked good.
  if (handshake.counted) --handshakes_;
  handshake.counted = succeeds;
  if (succeeds) {
    ++handshakes_;
  } else if (!handshake.failed) {
    ++failed_;
    handshake.failed = true;
  }
}

bool TlsEndpoint::is_served(const Live& live) const {
  const Serving served_now = serving();
  return std::any_of(served_now.certkeys.begin(), served_now.certkeys.end(), [&](const Served& served) {
    return served.certkey == live.certkey && served.generation == live.generation;
  });
}

void TlsEndpoint::cut_stale() {
  std::set<std::pair<std::string, std::uint64_t>> current;
  for (const auto& served : serving().certkeys) {
    current.emplace(served.certkey, served.generation);
  }
  std::lock_guard lock(mutex_);
  for (const auto& [socket, live] : live_) {
    if (!current.contains({live.certkey, live.generation})) ::shutdown(socket, SHUT_RDWR);
  }
}

void TlsEndpoint::serve(int socket) {
  if (is_silent()) {
    Stream(socket, nullptr).wait_for_close();
    return;
  }
  Stream stream(socket, context_.get());
  Handshake handshake{this};
  SSL_set_app_data(stream.ssl(), &handshake);
  demand(stream.ssl());
  if (!stream.handshake()) {
    count(handshake, false);
    return;
  }
  Live live;
  for (const auto& served : handshake.serving.certkeys) {
    if (served.certificate->handle.get() == SSL_get_certificate(stream.ssl()))
      live = {served.certkey, served.generation};
  }
  {
    std::lock_guard lock(mutex_);
    live_[socket] = live;
  }
  // An update between the handshake and the line above found nothing to cut.
  if (is_served(live)) converse(stream);
  std::lock_guard lock(mutex_);
  live_.erase(socket);
}

/// What the vserver asks of a client before it shows a certificate.
void TlsEndpoint::demand(SSL* ssl) const {
  const Serving wanted = serving();
  if (wanted.client_auth) SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, take_any_certificate);
  if (!wanted.tls12) SSL_set_min_proto_version(ssl, TLS1_3_VERSION);
  if (!wanted.tls13 || tls12_only_) SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
}

void TlsEndpoint::converse(Stream& stream) {
  std::array<char, 4096> buffer{};
  std::string request;
  while (true) {
    const long got = stream.read(buffer.data(), buffer.size());
    if (got <= 0) return;
    request.append(buffer.data(), static_cast<std::size_t>(got));
    if (request.size() > (1U << 16U)) return;
    const auto end = request.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    request.erase(0, end + 4);
    if (!stream.write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n")) return;
  }
}

TlsEndpoints::TlsEndpoints(Traffic traffic, bool tls12_only) : traffic_(std::move(traffic)), tls12_only_(tls12_only) {
  refresh();
}

TlsEndpoints::~TlsEndpoints() = default;

void TlsEndpoints::refresh() {
  std::vector<std::unique_ptr<TlsEndpoint>> gone;  // their threads end after the mutex is free
  std::lock_guard lock(mutex_);
  const auto names = traffic_.vservers();
  const std::set<std::string> wanted(names.begin(), names.end());
  for (auto it = endpoints_.begin(); it != endpoints_.end();) {
    if (!wanted.contains(it->first)) gone.push_back(std::move(it->second));
    it = wanted.contains(it->first) ? std::next(it) : endpoints_.erase(it);
  }
  for (const auto& name : wanted) {
    auto& endpoint = endpoints_[name];
    if (!endpoint) endpoint = std::make_unique<TlsEndpoint>(name, traffic_, tls12_only_);
    traffic_.listens(name, "127.0.0.1", endpoint->port());
    endpoint->cut_stale();
  }
}

void TlsEndpoints::set_manner(const std::string& vserver, Manner manner) {
  std::lock_guard lock(mutex_);
  const auto found = endpoints_.find(vserver);
  if (found != endpoints_.end()) found->second->set_manner(manner);
}

void TlsEndpoints::cut_connections() {
  std::lock_guard lock(mutex_);
  for (auto& [name, endpoint] : endpoints_) {
    endpoint->cut_connections();
  }
}

const TlsEndpoint* TlsEndpoints::find(const std::string& vserver) const {
  const auto found = endpoints_.find(vserver);
  return found == endpoints_.end() ? nullptr : found->second.get();
}

std::string TlsEndpoints::address(const std::string& vserver) const {
  std::lock_guard lock(mutex_);
  const TlsEndpoint* endpoint = find(vserver);
  return endpoint == nullptr ? "" : "127.0.0.1:" + std::to_string(endpoint->port());
}

std::map<std::string, std::string> TlsEndpoints::addresses() const {
  std::lock_guard lock(mutex_);
  std::map<std::string, std::string> all;
  for (const auto& [name, endpoint] : endpoints_) {
    all[name] = "127.0.0.1:" + std::to_string(endpoint->port());
  }
  return all;
}

std::size_t TlsEndpoints::handshakes(const std::string& vserver) const {
  std::lock_guard lock(mutex_);
  const TlsEndpoint* endpoint = find(vserver);
  return endpoint == nullptr ? 0 : endpoint->handshakes();
}

std::size_t TlsEndpoints::failed_handshakes(const std::string& vserver) const {
  std::lock_guard lock(mutex_);
  const TlsEndpoint* endpoint = find(vserver);
  return endpoint == nullptr ? 0 : endpoint->failed();
}

std::size_t TlsEndpoints::open_connections(const std::string& vserver) const {
  std::lock_guard lock(mutex_);
  const TlsEndpoint* endpoint = find(vserver);
  return endpoint == nullptr ? 0 : endpoint->open();
}

}  // namespace sim
