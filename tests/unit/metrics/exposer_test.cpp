#include "metrics/exposer.h"

#include <array>

#include "unit/metrics/exposition.h"
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/manual_clock.h"

namespace certsync::metrics::test {
namespace {

const support::ManualClock kClock;

int connected_to(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return socket;
  ::close(socket);
  return -1;
}

/// The whole answer; empty when nobody answers.
std::string get(int port, const std::string& path) {
  const int socket = connected_to(port);
  if (socket < 0) return {};
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  (void)!::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
  std::string answer;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0;) {
    answer.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(socket);
  return answer;
}

struct Address {
  const char* name;
  const char* address;
};

class Exposing : public testing::TestWithParam<Address> {};

// One case for all that a running exposer does: civetweb takes up to two seconds to end.
TEST_P(Exposing, AnswersOnAFreePortUntilItEnds) {
  PrometheusRecorder recorder({.version = "1.2.3", .revision = "abc"}, kClock);
  recorder.manifest_errors(3);
  recorder.ownership_conflicts("edge", 2);

  auto exposer = Exposer::start(GetParam().address, recorder);

  ASSERT_TRUE(exposer.has_value()) << to_text(exposer.error());
  const int port = (*exposer)->port();
  ASSERT_GT(port, 0);
  const auto answer = get(port, "/metrics");
  EXPECT_EQ(answer.substr(0, 15), "HTTP/1.1 200 OK");
  EXPECT_NE(answer.find("certsync_manifest_errors 3\n"), std::string::npos);
  EXPECT_NE(answer.find("certsync_ownership_conflicts{appliance=\"edge\"} 2\n"), std::string::npos);
  EXPECT_NE(answer.find("\nprocess_resident_memory_bytes "), std::string::npos);
  EXPECT_EQ(get(port, "/etc/passwd").substr(0, 22), "HTTP/1.1 404 Not Found");

  exposer->reset();
  EXPECT_EQ(connected_to(port), -1);
}

INSTANTIATE_TEST_SUITE_P(All, Exposing,
                         testing::Values(Address{"Loopback", "127.0.0.1:0"}, Address{"AllInterfaces", ":0"}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Exposer, ATakenPortIsSaid) {
  PrometheusRecorder recorder({}, kClock);
  const auto first = Exposer::start("127.0.0.1:0", recorder);
  ASSERT_TRUE(first.has_value());
  const auto address = "127.0.0.1:" + std::to_string((*first)->port());

  const auto second = Exposer::start(address, recorder);

  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, ErrorKind::Stalled);
  EXPECT_EQ(second.error().message.find("cannot listen on " + address + " for metrics: "), 0u)
      << second.error().message;
}

class NoListeningAddress : public testing::TestWithParam<Address> {};

TEST_P(NoListeningAddress, IsRefused) {
  PrometheusRecorder recorder({}, kClock);

  const auto exposer = Exposer::start(GetParam().address, recorder);

  ASSERT_FALSE(exposer.has_value());
  EXPECT_EQ(exposer.error().message,
            "metrics address \"" + std::string(GetParam().address) + "\" is not of the form host:port");
}

INSTANTIATE_TEST_SUITE_P(All, NoListeningAddress,
                         testing::Values(Address{"NoColon", "8080"}, Address{"NoPort", "127.0.0.1:"},
                                         Address{"PortTooHigh", ":65536"}, Address{"PortNegative", ":-1"},
                                         Address{"PortWithTail", ":8080s"},
                                         Address{"TwoAddresses", "127.0.0.1:0,0.0.0.0:0"}),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace certsync::metrics::test
