#include "sim/test_client.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/test_certificates.h"

namespace sim::test {
namespace {

int connect_to(const std::string& address) {
  const auto colon = address.rfind(':');
  int port = 0;
  std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &target.sin_addr);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&target), sizeof(target)) == 0) return socket;
  ::close(socket);
  return -1;
}

}  // namespace

TlsClient::TlsClient(const std::string& address, const TlsWish& wish) : socket_(connect_to(address)) {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  if (socket_ < 0) return;
  context_ = SSL_CTX_new(TLS_client_method());
  if (wish.tls12) SSL_CTX_set_max_proto_version(context_, TLS1_2_VERSION);
  if (wish.tls13_only) SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
  if (wish.identity != nullptr) {
    SSL_CTX_use_cert_and_key(context_, wish.identity->x509.get(), wish.identity->private_key.get(), nullptr, 1);
  }
  if (wish.patience_ms > 0) {
    const timeval patience{0, wish.patience_ms * 1000L};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  ssl_ = SSL_new(context_);
  if (!wish.server_name.empty()) SSL_set_tlsext_host_name(ssl_, wish.server_name.c_str());
  if (!wish.signature_algorithms.empty()) SSL_set1_sigalgs_list(ssl_, wish.signature_algorithms.c_str());
  SSL_set_fd(ssl_, socket_);
  connected_ = SSL_connect(ssl_) == 1;
}

TlsClient::~TlsClient() {
  close();
}

void TlsClient::close() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  ssl_ = nullptr;
  context_ = nullptr;
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  ERR_clear_error();
}

std::vector<long> TlsClient::serials() const {
  std::vector<long> numbers;
  STACK_OF(X509)* chain = connected_ ? SSL_get_peer_cert_chain(ssl_) : nullptr;
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    numbers.push_back(ASN1_INTEGER_get(X509_get0_serialNumber(sk_X509_value(chain, i))));
  }
  return numbers;
}

void TlsClient::send(const std::string& bytes) {
  ERR_clear_error();
  SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
}

std::string TlsClient::receive() {
  std::array<char, 16384> buffer{};
  std::size_t got = 0;
  ERR_clear_error();
  errno = 0;
  if (SSL_read_ex(ssl_, buffer.data(), buffer.size(), &got) != 1) {
    reset_ = SSL_get_error(ssl_, 0) == SSL_ERROR_SYSCALL && errno == ECONNRESET;
    return {};
  }
  return {buffer.data(), got};
}

std::string TlsClient::receive_answer() {
  std::string answer;
  while (true) {
    const auto end = answer.find("\r\n\r\n");
    const auto length = answer.find("Content-Length: ");
    if (end != std::string::npos && length != std::string::npos) {
      std::size_t size = 0;
      std::from_chars(answer.data() + length + 16, answer.data() + answer.size(), size);
      if (answer.size() >= end + 4 + size) return answer;
    }
    const std::string more = receive();
    if (more.empty()) return answer;
    answer += more;
  }
}

std::string TlsClient::receive_all() {
  std::string all;
  for (std::string more = receive(); !more.empty(); more = receive()) {
    all += more;
  }
  return all;
}

std::string http(const std::string& address, const std::string& method, const std::string& target,
                 const std::string& body) {
  TlsClient client(address);
  if (!client.connected()) return "not connected";
  client.send(method + " " + target +
              " HTTP/1.1\r\nHost: sim\r\nX-NITRO-USER: nsroot\r\nX-NITRO-PASS: nsroot-password\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  return client.receive_answer();
}

}  // namespace sim::test
