#include "bench/plain_client.h"

#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nlohmann/json.hpp>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {
namespace {

int connect_to(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0 || ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("no connection to " + host);
  }
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

}  // namespace

PlainClient::PlainClient(const std::string& url) {
  const auto start = url.find("//") + 2;
  const auto colon = url.find(':', start);
  host_ = url.substr(start);
  socket_ = connect_to(url.substr(start, colon - start), std::stoi(url.substr(colon + 1)));
  if (!url.starts_with("https:")) return;
  context_ = SSL_CTX_new(TLS_client_method());
  ssl_ = SSL_new(context_);
  SSL_set_fd(ssl_, socket_);
  if (SSL_connect(ssl_) != 1) throw std::runtime_error("no TLS with " + host_);
}

PlainClient::~PlainClient() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  ::close(socket_);
}

void PlainClient::write(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const int left = static_cast<int>(bytes.size() - sent);
    const long now = ssl_ != nullptr ? SSL_write(ssl_, bytes.data() + sent, left)
                                     : ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) throw std::runtime_error("the connection to " + host_ + " broke");
    sent += static_cast<std::size_t>(now);
  }
}

void PlainClient::read_more() {
  std::array<char, 65536> chunk{};
  const long got = ssl_ != nullptr ? SSL_read(ssl_, chunk.data(), static_cast<int>(chunk.size()))
                                   : ::recv(socket_, chunk.data(), chunk.size(), 0);
  if (got <= 0) throw std::runtime_error("the connection to " + host_ + " broke");
  buffer_.append(chunk.data(), static_cast<std::size_t>(got));
}

PlainAnswer PlainClient::send(const PlainRequest& request) {
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + host_ +
                     "\r\nAccept: application/json\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n";
  if (!request.body.empty()) head += "Content-Type: application/json\r\n";
  if (!session_.empty()) head += "Cookie: NITRO_AUTH_TOKEN=" + session_ + "\r\n";
  write(head + "\r\n" + request.body);

  auto end = buffer_.find("\r\n\r\n");
  for (; end == std::string::npos; end = buffer_.find("\r\n\r\n"))
    read_more();
  PlainAnswer answer;
  answer.headers = buffer_.substr(0, end);
  answer.status = std::stoi(answer.headers.substr(answer.headers.find(' ') + 1));
  const auto length = answer.headers.find("Content-Length: ");
  const std::size_t size = length == std::string::npos ? 0 : std::stoul(answer.headers.substr(length + 16));
  while (buffer_.size() < end + 4 + size)
    read_more();
  answer.body = buffer_.substr(end + 4, size);
  buffer_.erase(0, end + 4 + size);
  return answer;
}

void PlainClient::login(const std::string& user, const std::string& password) {
  const auto answer = send({"POST", "/nitro/v1/config/login",
                            nlohmann::json{{"login", {{"username", user}, {"password", password}}}}.dump()});
  session_ = nlohmann::json::parse(answer.body).value("sessionid", "");
  if (session_.empty()) throw std::runtime_error("no login: " + answer.body);
}

std::size_t replay(std::vector<PlainClient*> connections, const std::vector<PhasedRequest>& requests) {
  std::atomic<std::size_t> refused{0};
  for (std::size_t begin = 0; begin < requests.size();) {
    auto end = begin;
    while (end < requests.size() && requests[end].phase == requests[begin].phase)
      ++end;
    std::atomic<std::size_t> next{begin};
    const auto work = [&](PlainClient& client) {
      for (std::size_t mine = next++; mine < end; mine = next++)
        refused += client.send(requests[mine].request).status >= 400 ? 1 : 0;
    };
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min(connections.size(), end - begin); ++i)
      others.emplace_back([&work, client = connections[i]] { work(*client); });
    work(*connections.front());
    others.clear();
    begin = end;
  }
  return refused;
}

}  // namespace bench
