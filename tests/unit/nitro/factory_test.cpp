#include "nitro/factory.h"

#include <gtest/gtest.h>

#include "base/sleeper.h"
#include "ports/quiet_recorder.h"
#include "support/manual_clock.h"

namespace certsync::nitro {
namespace {

class OneSecret final : public ports::SecretReader {
 public:
  Result<ports::SecretData> read_secret(const model::ObjectRef& ref) override {
    ports::SecretData secret;
    secret.meta.meta.ref = ref;
    secret.data["username"] = SecretBytes("robot");
    secret.data["password"] = SecretBytes("secret");
    return secret;
  }
};

/// Lets everybody in and has nothing.
class Door final : public http::Transport {
 public:
  explicit Door(std::vector<std::string>& seen) : seen_(seen) {}
  tl::expected<http::Response, http::Failure> send(http::Request request, std::stop_token) override {
    seen_.push_back(std::string(http::to_text(request.method)) + " " + request.target + " within " +
                    std::to_string(request.timeout.count()) + " ms");
    http::Response response;
    response.status = 200;
    response.body = R"({"errorcode":0,"message":"Done","sessionid":"abc"})";
    return response;
  }
  tl::expected<http::Response, http::Failure> stream(http::Request, std::chrono::milliseconds, http::BodyReader&,
                                                     std::stop_token) override {
    return tl::unexpected(http::Failure{});
  }

 private:
  std::vector<std::string>& seen_;
};

class Factory : public testing::Test {
 protected:
  std::vector<std::string> requests_of(const model::Appliance& appliance) {
    const auto box = factory_.make(appliance);
    box->begin_pass({});
    box->read_file("a.pem");
    box->logout();
    return seen_;
  }

  std::vector<std::string> seen_;
  OneSecret secrets_;
  support::ManualClock clock_;
  std::unique_ptr<Sleeper> sleeper_ = make_system_sleeper();
  ports::QuietRecorder recorder_;
  Logger log_{LogLevel::Error, LogFormat::Text, [](std::string_view) {}};
  NitroFactory factory_{{""},     secrets_,  [this](http::TransportOptions) { return std::make_unique<Door>(seen_); },
                        clock_,   *sleeper_, log_,
                        recorder_};
};

model::Appliance appliance(const std::string& partition) {
  model::Appliance appliance;
  appliance.meta.ref = {"", "edge"};
  appliance.spec.endpoints = {"https://edge"};
  appliance.spec.request_timeout = std::chrono::seconds(7);
  appliance.spec.partition = partition;
  return appliance;
}

TEST_F(Factory, EachRequestHasTheTimeoutOfTheSpec) {
  EXPECT_EQ(requests_of(appliance("")),
            (std::vector<std::string>{
                "POST /nitro/v1/config/login within 7000 ms",
                "GET /nitro/v1/config/systemfile?args=filelocation:%2Fnsconfig%2Fssl,filename:a.pem within 7000 ms",
                "POST /nitro/v1/config/logout within 7000 ms"}));
}

TEST_F(Factory, TheDefaultPartitionHasAName) {
  const auto requests = requests_of(appliance("default"));

  ASSERT_EQ(requests.size(), 3u);
  EXPECT_NE(requests[1].find("filelocation:%2Fnsconfig%2Fssl,"), std::string::npos) << requests[1];
}

TEST_F(Factory, AnotherPartitionIsSwitchedTo) {
  const auto requests = requests_of(appliance("p1"));

  ASSERT_EQ(requests.size(), 4u);
  EXPECT_EQ(requests[1], "POST /nitro/v1/config/nspartition?action=Switch within 7000 ms");
  EXPECT_NE(requests[2].find("%2Fvar%2Fpartitions%2Fp1%2F"), std::string::npos) << requests[2];
}

}  // namespace
}  // namespace certsync::nitro
