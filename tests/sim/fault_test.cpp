// Each kind of trouble, over a real socket.
#include <gtest/gtest.h>

#include "sim/simulator.h"
#include "sim/test_box.h"
#include "sim/test_client.h"

namespace sim::test {
namespace {

constexpr const char* kSave = "/nitro/v1/config/nsconfig?action=save";
constexpr const char* kVersion = "/nitro/v1/config/nsversion";
constexpr const char* kEmptySave = R"({"nsconfig":{}})";

class Fault : public testing::Test {
 protected:
  Fault() { simulator_.mark_saved(false); }

  void arm(FaultRule rule) { simulator_.faults().add(std::move(rule)); }
  std::string ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    return http(simulator_.url().substr(8), method, target, body);
  }
  static std::string status_of(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }
  static std::string body_of(const std::string& answer) {
    const auto end = answer.find("\r\n\r\n");
    return end == std::string::npos ? "" : answer.substr(end + 4);
  }
  bool saved() { return !simulator_.appliance().config_changed(); }

  ManualClock clock_;
  Simulator simulator_{Box::with_vservers(), &clock_};
};

TEST_F(Fault, StrikesTheNthWriteOnly) {
  arm({.kind = FaultKind::Status, .mutating = true, .at = 2, .status = 503});

  EXPECT_EQ(status_of(ask("POST", kSave, kEmptySave)), "HTTP/1.1 200 OK");
  EXPECT_EQ(status_of(ask("GET", kVersion)), "HTTP/1.1 200 OK");
  const std::string refused = ask("POST", kSave, kEmptySave);
  EXPECT_EQ(status_of(refused), "HTTP/1.1 503 Service Unavailable");
  EXPECT_EQ(body_of(refused).substr(0, 9), "<!DOCTYPE");
  EXPECT_EQ(status_of(ask("POST", kSave, kEmptySave)), "HTTP/1.1 200 OK");
}

TEST_F(Fault, ErrorcodeIsAnsweredInTheApplianceLayout) {
  arm({.kind = FaultKind::Errorcode, .target = "/nsconfig.action/", .errorcode = 293});

  const std::string answer = ask("POST", kSave, kEmptySave);

  EXPECT_EQ(status_of(answer), "HTTP/1.1 599 Netscaler specific error");
  EXPECT_EQ(body_of(answer),
            R"({ "errorcode": 293, "message": "Operation already in progress", "severity": "ERROR" })");
  EXPECT_FALSE(saved());
}

TEST_F(Fault, ResetBeforeDoesNothing) {
  arm({.kind = FaultKind::ResetBefore, .target = "nsconfig"});

  EXPECT_EQ(ask("POST", kSave, kEmptySave), "");
  EXPECT_FALSE(saved());
}

TEST_F(Fault, ResetAfterHasDoneIt) {
  arm({.kind = FaultKind::ResetAfter, .target = "nsconfig"});

  EXPECT_EQ(ask("POST", kSave, kEmptySave), "");
  EXPECT_TRUE(saved());
  EXPECT_EQ(simulator_.log().entries().back().fault, "reset_after");
}

TEST_F(Fault, HangEndsWithTheConnection) {
  arm({.kind = FaultKind::Hang, .times = -1});
  TlsClient client(simulator_.url().substr(8));
  client.send("GET /nitro/v1/config/nsversion HTTP/1.1\r\nHost: sim\r\n\r\n");

  simulator_.stop_listening();

  EXPECT_EQ(client.receive_all(), "");
}

TEST_F(Fault, HalfABodyIsLessThanPromised) {
  arm({.kind = FaultKind::HalfBody});

  const std::string answer = ask("GET", kVersion);

  EXPECT_EQ(status_of(answer), "HTTP/1.1 200 OK");
  EXPECT_EQ(body_of(answer).substr(0, 16), R"({ "errorcode": 0)");
  EXPECT_EQ(body_of(answer).find("installedversion"), std::string::npos);
}

TEST_F(Fault, NonsenseComesInSeveralKinds) {
  arm({.kind = FaultKind::Html});
  arm({.kind = FaultKind::BadJson});
  arm({.kind = FaultKind::Redirect, .url = "https://127.0.0.1:1/"});
  arm({.kind = FaultKind::Drip});
  arm({.kind = FaultKind::HugeBody, .megabytes = 3});

  EXPECT_EQ(body_of(ask("GET", kVersion)).substr(0, 9), "<!DOCTYPE");
  EXPECT_EQ(body_of(ask("GET", kVersion)), R"({ "errorcode": 0, "message": "Do)");
  EXPECT_NE(ask("GET", kVersion).find("Location: https://127.0.0.1:1/\r\n"), std::string::npos);
  EXPECT_EQ(body_of(ask("GET", kVersion)).substr(0, 18), R"({ "errorcode": 0, )");
  EXPECT_GT(ask("GET", kVersion).size(), 3U << 20U);
}

TEST_F(Fault, DroppedSessionIsFoundDead) {
  const std::string login =
      ask("POST", "/nitro/v1/config/login", R"({"login":{"username":"nsroot","password":"nsroot-password"}})");
  const auto begin = login.find("NITRO_AUTH_TOKEN=");
  const std::string cookie = login.substr(begin, login.find(';', begin) - begin);
  arm({.kind = FaultKind::DropSession, .target = "sslcertkey"});
  const auto get = [&](const std::string& resource) {
    TlsClient client(simulator_.url().substr(8));
    client.send("GET /nitro/v1/config/" + resource + " HTTP/1.1\r\nHost: sim\r\nCookie: " + cookie + "\r\n\r\n");
    return client.receive_answer();
  };

  EXPECT_EQ(status_of(get("nsversion")), "HTTP/1.1 200 OK");
  EXPECT_EQ(body_of(get("sslcertkey")),
            R"({ "errorcode": 444, "message": "Session expired or killed. Please login again", "severity": "ERROR" })");
}

TEST_F(Fault, DelayIsCountedAndAnsweredHonestly) {
  arm({.kind = FaultKind::Delay, .delay = std::chrono::milliseconds(1)});

  EXPECT_EQ(status_of(ask("GET", kVersion)), "HTTP/1.1 200 OK");
  EXPECT_EQ(simulator_.faults().struck(), 1);
}

TEST_F(Fault, UnreachableBoxComesBackOnItsPort) {
  const std::string url = simulator_.url();
  simulator_.stop_listening();
  EXPECT_EQ(ask("GET", kVersion), "not connected");

  simulator_.start_listening();

  EXPECT_EQ(simulator_.url(), url);
  EXPECT_EQ(status_of(ask("GET", kVersion)), "HTTP/1.1 200 OK");
}

TEST_F(Fault, ChunkedBodiesAndKeptConnectionsWork) {
  TlsClient client(simulator_.url().substr(8));
  const std::string head =
      "POST /nitro/v1/config/nsconfig?action=save HTTP/1.1\r\nHost: sim\r\nX-NITRO-USER: nsroot\r\n"
      "X-NITRO-PASS: nsroot-password\r\nTransfer-Encoding: chunked\r\n\r\n";

  for (int i = 0; i < 2; ++i) {
    client.send(head + "5\r\n{\"nsc\r\na\r\nonfig\":{}}\r\n0\r\n\r\n");
    EXPECT_EQ(status_of(client.receive_answer()), "HTTP/1.1 200 OK");
  }
}

TEST_F(Fault, LogHoldsNoSecrets) {
  ask("POST", "/nitro/v1/config/systemfile",
      R"({"systemfile":{"filename":"a","filelocation":"/nsconfig/ssl","filecontent":"c2VjcmV0"}})");
  ask("POST", "/nitro/v1/config/login", R"({"login":{"username":"nsroot","password":"nsroot-password"}})");

  std::string log;
  for (const auto& entry : simulator_.log().entries()) {
    log += entry.body + "\n";
  }
  EXPECT_EQ(log, R"({"systemfile":{"filename":"a","filelocation":"/nsconfig/ssl","filecontent":"<8 characters>"}})"
                 "\n"
                 R"({"login":{"username":"nsroot","password":"<15 characters>"}})"
                 "\n");
  EXPECT_EQ(simulator_.log().requests(), 2U);
  EXPECT_EQ(simulator_.log().mutating(), 1U);
}

TEST_F(Fault, RulesAreReadFromJson) {
  const auto rule = parse_fault(R"({"kind":"reset_after","method":"POST","mutating":true,"at":3,"times":2})");

  ASSERT_TRUE(rule);
  EXPECT_EQ(fault_name(rule->kind), "reset_after");
  EXPECT_EQ(rule->at, 3);
  EXPECT_FALSE(parse_fault(R"({"kind":"reset_after","colour":1})"));
  EXPECT_FALSE(parse_fault(R"({"kind":"dance"})"));
}

}  // namespace
}  // namespace sim::test
