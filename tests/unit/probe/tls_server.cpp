#include "unit/probe/tls_server.h"

#include <array>
#include <csignal>
#include <memory>
#include <utility>

#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/encoding.h"

namespace certsync::probe::test {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

Memory memory(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

Certificate read_certificate(const std::string& pem) {
  return {PEM_read_bio_X509(memory(pem).get(), nullptr, nullptr, nullptr), X509_free};
}

bool show(SSL* tls, const Identity& identity) {
  const auto leaf = read_certificate(identity.leaf.certificate_pem);
  const Key key(PEM_read_bio_PrivateKey(memory(identity.leaf.key_pem).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  STACK_OF(X509)* chain = sk_X509_new_null();
  for (const auto& pem : identity.chain_pem) {
    sk_X509_push(chain, read_certificate(pem).release());
  }
  const int result = SSL_use_cert_and_key(tls, leaf.get(), key.get(), chain, 1);
  sk_X509_pop_free(chain, X509_free);
  return result == 1;
}

int listen_on_loopback(int& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CERTSYNC_CHECK(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  socklen_t length = sizeof address;
  CERTSYNC_CHECK(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  port = ntohs(address.sin_port);
  return listener;
}

/// Returns when the client has closed.
void read_to_end(int socket) {
  std::array<char, 4096> buffer{};
  while (::recv(socket, buffer.data(), buffer.size(), 0) > 0) {
  }
}

void wait_for_first_byte(int socket) {
  char byte = 0;
  (void)!::recv(socket, &byte, 1, MSG_PEEK);
}

}  // namespace

std::vector<std::string> Identity::sha256() const {
  std::vector<std::string> result{sha256_hex(support::certificate_to_der(leaf.certificate_pem))};
  for (const auto& pem : chain_pem) {
    result.push_back(sha256_hex(support::certificate_to_der(pem)));
  }
  return result;
}

TlsServer::TlsServer(ServerOptions options, Manner manner, std::function<void()> on_hello)
    : options_(std::move(options)),
      manner_(manner),
      on_hello_(std::move(on_hello)),
      context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
  SSL_CTX_set_min_proto_version(context_.get(), options_.min_version);
  SSL_CTX_set_max_proto_version(context_.get(), options_.max_version);
  SSL_CTX_set_cipher_list(context_.get(), "ALL:!aNULL:@SECLEVEL=0");
  SSL_CTX_set1_groups_list(context_.get(), "X25519:P-256:P-224");
  SSL_CTX_set_mode(context_.get(), SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_cert_cb(context_.get(), choose, this);
  if (options_.demand_client_certificate)
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  listener_ = listen_on_loopback(port_);
  CERTSYNC_CHECK(::listen(listener_, 16) == 0);
  thread_ = std::thread([this] { accept_all(); });
}

TlsServer::~TlsServer() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::vector<std::string> TlsServer::names_asked() const {
  return names_.with([](const auto& names) { return names; });
}

void TlsServer::accept_all() {
  // Of this thread only: the probe has to live without.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++connections_;
    serve(socket);
    ::close(socket);
    ERR_clear_error();
  }
}

void TlsServer::serve(int socket) {
  if (manner_ == Manner::HangUp) return;
  wait_for_first_byte(socket);
  on_hello_();
  if (manner_ == Manner::Http) {
    constexpr std::string_view kAnswer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    ::send(socket, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
  }
  if (manner_ == Manner::Tls || manner_ == Manner::MuteAfterCertificate) serve_tls(socket);
  read_to_end(socket);
}

void TlsServer::serve_tls(int socket) {
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_.get()), SSL_free);
  BIO* out = BIO_new_socket(socket, BIO_NOCLOSE);
  BIO* in = BIO_new_socket(socket, BIO_NOCLOSE);
  if (manner_ == Manner::MuteAfterCertificate) {
    // Gets the first message only, so that OpenSSL answers it and then waits in vain.
    BIO_free(in);
    in = BIO_new(BIO_s_mem());
    std::array<char, 16 * 1024> hello{};
    const auto length = ::recv(socket, hello.data(), hello.size(), 0);
    BIO_write(in, hello.data(), static_cast<int>(length));
  }
  SSL_set_bio(tls.get(), in, out);
  SSL_accept(tls.get());
}

int TlsServer::choose(SSL* tls, void* server) {
  auto* self = static_cast<TlsServer*>(server);
  const char* asked = SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name);
  const std::string name = asked != nullptr ? asked : "-";
  self->names_.with([&](auto& names) { names.push_back(name); });
  const auto found = self->options_.by_name.find(name);
  if (found != self->options_.by_name.end()) return show(tls, found->second) ? 1 : 0;
  for (const auto& identity : self->options_.identities) {
    if (!show(tls, identity)) return 0;
  }
  return 1;
}

int closed_port() {
  int port = 0;
  ::close(listen_on_loopback(port));
  return port;
}

}  // namespace certsync::probe::test
