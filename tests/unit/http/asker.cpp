#include "unit/http/asker.h"

#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace certsync::http::test {
namespace {

std::string request(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

template <class T>
T* read_pem(const std::string& pem, T* (*read)(BIO*, T**, pem_password_cb*, void*)) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  T* found = read(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return found;
}

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

Context context_of(const TlsAsker& asker) {
  Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  X509* authority = read_pem(asker.authority.certificate_pem, PEM_read_bio_X509);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority);
  X509_free(authority);
  if (asker.old) {
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
    SSL_CTX_set_security_level(context.get(), 0);
  }
  if (!asker.own.certificate_pem.empty()) {
    X509* certificate = read_pem(asker.own.certificate_pem, PEM_read_bio_X509);
    EVP_PKEY* key = read_pem(asker.own.key_pem, PEM_read_bio_PrivateKey);
    SSL_CTX_use_certificate(context.get(), certificate);
    SSL_CTX_use_PrivateKey(context.get(), key);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  return context;
}

}  // namespace

int connect_to(int port, bool v6) {
  const int socket = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in six_or_four{};
  sockaddr_in6 six{};
  six_or_four.sin_family = AF_INET;
  six_or_four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  six_or_four.sin_port = htons(static_cast<std::uint16_t>(port));
  six.sin6_family = AF_INET6;
  six.sin6_addr = in6addr_loopback;
  six.sin6_port = six_or_four.sin_port;
  const auto* address = v6 ? reinterpret_cast<sockaddr*>(&six) : reinterpret_cast<sockaddr*>(&six_or_four);
  if (::connect(socket, address, v6 ? sizeof six : sizeof six_or_four) == 0) return socket;
  ::close(socket);
  return -1;
}

std::string read_to_end(int socket) {
  std::string answer;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0;)
    answer.append(buffer.data(), static_cast<std::size_t>(count));
  return answer;
}

std::string ask(int port, const std::string& bytes) {
  const int socket = connect_to(port);
  if (socket < 0) return "";
  (void)!::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  auto answer = read_to_end(socket);
  ::close(socket);
  return answer;
}

std::string get(int port, const std::string& path) {
  return ask(port, request(path));
}

std::string get_by_tls(int port, const std::string& path, const TlsAsker& asker) {
  const auto context = context_of(asker);
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), SSL_free);
  const int socket = connect_to(port);
  SSL_set_fd(tls.get(), socket);
  std::string answer;
  const auto bytes = request(path);
  // With TLS 1.3 a refused client certificate shows only when something is read.
  if (SSL_connect(tls.get()) == 1 && SSL_write(tls.get(), bytes.data(), static_cast<int>(bytes.size())) > 0) {
    std::array<char, 4096> buffer{};
    for (int count = 0; (count = SSL_read(tls.get(), buffer.data(), buffer.size())) > 0;)
      answer.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ERR_clear_error();
  ::close(socket);
  return answer;
}

}  // namespace certsync::http::test
