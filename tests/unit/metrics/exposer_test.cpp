#include "metrics/exposer.h"

#include "unit/http/asker.h"
#include "unit/metrics/exposition.h"
#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace certsync::metrics::test {
namespace {

const support::ManualClock kClock;

const Logger& quiet() {
  static const Logger log(LogLevel::Error, LogFormat::Text, [](std::string_view) {});
  return log;
}

http::ServerOptions at(const std::string& address) {
  http::ServerOptions options;
  options.address = address;
  return options;
}

TEST(ServeMetrics, AnswersWithAllSeries) {
  PrometheusRecorder recorder({.version = "1.2.3", .revision = "abc"}, kClock);
  recorder.manifest_errors(3);
  recorder.ownership_conflicts("edge", 2);

  const auto server = serve_metrics(at("127.0.0.1:0"), recorder, quiet());

  ASSERT_TRUE(server.has_value()) << to_text(server.error());
  const int port = (*server)->port();
  const auto answer = http::test::get(port, "/metrics");
  EXPECT_EQ(answer.substr(0, 15), "HTTP/1.1 200 OK");
  EXPECT_NE(answer.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), std::string::npos);
  EXPECT_NE(answer.find("certsync_manifest_errors 3\n"), std::string::npos);
  EXPECT_NE(answer.find("certsync_ownership_conflicts{appliance=\"edge\"} 2\n"), std::string::npos);
  EXPECT_NE(answer.find("\nprocess_resident_memory_bytes "), std::string::npos);
  EXPECT_EQ(http::test::get(port, "/etc/passwd").substr(0, 22), "HTTP/1.1 404 Not Found");
}

TEST(ServeMetrics, AnAddressThatCannotBeUsedIsSaidWithItsFlag) {
  PrometheusRecorder recorder({}, kClock);

  const auto server = serve_metrics(at("8080"), recorder, quiet());

  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().message.find("--metrics-address: \"8080\" is not of the form host:port"), 0u);
}

TEST(ServeMetrics, AFileThatCannotBeUsedIsSaidWithItsFlag) {
  PrometheusRecorder recorder({}, kClock);
  auto options = at("127.0.0.1:0");
  options.tls = {"/none/tls.crt", "/none/tls.key", ""};

  const auto server = serve_metrics(options, recorder, quiet());

  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().message, "--metrics-tls-cert-file /none/tls.crt: No such file or directory");
}

}  // namespace
}  // namespace certsync::metrics::test
