#include "cluster/tls_client.h"

#include <array>
#include <cstdint>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cluster {

TlsClient::TlsClient(const std::string& address)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      context_(SSL_CTX_new(TLS_client_method())),
      ssl_(SSL_new(context_)) {
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  SSL_set_fd(ssl_, socket_);
  ERR_clear_error();
  connected_ =
      ::connect(socket_, reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0 && SSL_connect(ssl_) == 1;
}

TlsClient::~TlsClient() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  ::close(socket_);
  ERR_clear_error();
}

bool TlsClient::write(std::string_view bytes) {
  std::size_t sent = 0;
  ERR_clear_error();
  return SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent) == 1;
}

std::string TlsClient::read() {
  std::array<char, 16384> buffer{};
  std::size_t got = 0;
  ERR_clear_error();
  if (SSL_read_ex(ssl_, buffer.data(), buffer.size(), &got) != 1) return "";
  return {buffer.data(), got};
}

void TlsClient::cut() const {
  ::shutdown(socket_, SHUT_RDWR);
}

}  // namespace cluster
