#include "unit/http/http_test_setup.h"

#include <cstdlib>
#include <fstream>

#include <openssl/x509.h>
#include <pplx/pplxtasks.h>

#if defined(__SANITIZE_THREAD__)
/// The installed libcpprest is not instrumented, so ThreadSanitizer does not see the reference counts by which its
/// threads hand the memory of a request's context to each other.
extern "C" const char* __tsan_default_suppressions() {
  return "race:web::http::client::details::asio_context\n";
}
#endif

namespace certsync::http::test {
namespace {

/// What the last request left to do is done in cpprestsdk's pool, one after the other, and may leave more. At exit the
/// pool would drop it, and LeakSanitizer find it lost.
void drain_pool() {
  constexpr int kRounds = 10;
  for (int i = 0; i < kRounds; ++i)
    pplx::create_task([] {}).wait();
}

class SystemRoots : public ::testing::Environment {
 public:
  void SetUp() override {
    // Cases may run in processes of their own, side by side.
    path_ = ::testing::TempDir() + "system-roots-" + system_authority().fingerprint().substr(7) + ".pem";
    std::ofstream(path_) << system_authority().certificate_pem;
    // There are no other threads yet. NOLINTNEXTLINE(concurrency-mt-unsafe)
    ::setenv(X509_get_default_cert_file_env(), path_.c_str(), 1);
    initialize_threads(2);
    initialize_threads(2);
  }
  void TearDown() override {
    std::remove(path_.c_str());
    drain_pool();
  }

 private:
  std::string path_;
};

const auto* const kSystemRoots = ::testing::AddGlobalTestEnvironment(new SystemRoots);

}  // namespace

const Identity& system_authority() {
  static const Identity authority = make_authority("System Root");
  return authority;
}

Request get(std::string target) {
  Request request;
  request.target = std::move(target);
  return request;
}

Request request_with_body(Method method, std::string body) {
  Request request = get("/things");
  request.method = method;
  request.content_type = "application/json";
  request.body = SecretBytes(std::move(body));
  return request;
}

std::unique_ptr<Transport> transport_to(const std::string& url, Trust trust) {
  TransportOptions options;
  options.base_url = url;
  options.trust = std::move(trust);
  return make_cpprest_transport(std::move(options));
}

tl::expected<Response, Failure> send(Transport& transport, Request request) {
  return transport.send(std::move(request), std::stop_token());
}

std::string text_of(const tl::expected<Response, Failure>& outcome) {
  if (outcome) return std::to_string(outcome->status) + " " + outcome->body;
  const auto& failure = outcome.error();
  return std::string(to_text(failure.kind)) + (failure.maybe_sent ? " maybe sent: " : " unsent: ") + failure.message;
}

}  // namespace certsync::http::test
