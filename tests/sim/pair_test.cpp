// High availability: what the other node gets to know, and what a failover changes.
#include "sim/pair.h"

#include <gtest/gtest.h>

#include "sim/test_box.h"
#include "sim/test_client.h"

namespace sim::test {
namespace {

constexpr const char* kSyncSsl = R"({"hafiles":{"mode":["ssl"]}})";
constexpr const char* kEmptyConfig = R"({"nsconfig":{}})";

/// Two appliances on one desk.
struct Desk {
  explicit Desk(HaOptions options = {}) : ha(std::make_shared<HaGroup>(options)) {}

  static Options at(const std::string& host) {
    Options options = Box::with_vservers();
    options.host = host;
    return options;
  }
  std::string ask(Box& box, const std::string& method, const std::string& path, const std::string& body = {}) {
    return brief(box.ask(method, path, body));
  }
  void upload(Box& box, const Pair& pair) {
    box.upload("www.pem", pair.cert);
    box.upload("www.key", pair.key);
  }
  static std::string certkeys(Box& box) {
    std::string text = box.appliance.state_text();
    return text.substr(0, text.find("vserver"));
  }

  std::shared_ptr<HaGroup> ha;
  Box first{at("10.0.0.1"), ha};
  Box second{at("10.0.0.2"), ha};
};

TEST(Ha, EachNodeCallsItselfNodeZero) {
  Desk desk;

  EXPECT_EQ(desk.first.show("hanode/0", "state"), "Primary");
  EXPECT_EQ(desk.first.show("hanode/1", "state"), "Secondary");
  EXPECT_EQ(desk.second.show("hanode/0", "state"), "Secondary");
  EXPECT_EQ(desk.second.show("hanode/0", "ipaddress"), "10.0.0.2");
  EXPECT_EQ(desk.ask(desk.first, "GET", "hanode/2"), "404 258 No such resource [id, 2]");
  EXPECT_EQ(desk.second.show("nsconfig", "systemtype"), "HA");
  EXPECT_EQ(desk.second.show("nsconfig", "ipaddress"), "10.0.0.2");
  EXPECT_EQ(desk.second.show("nsconfig", "primaryip"), "10.0.0.1");
}

TEST(Ha, AFailoverSwapsTheRoles) {
  Desk desk;

  desk.ha->fail_over();

  EXPECT_EQ(desk.first.show("hanode/0", "state"), "Secondary");
  EXPECT_EQ(desk.second.show("hanode/0", "state"), "Primary");
  EXPECT_EQ(desk.first.show("nsconfig", "primaryip"), "10.0.0.2");
}

TEST(Ha, CommandsArePropagatedFilesAreNot) {
  Desk desk;
  const Pair www = make_certificate({});
  desk.upload(desk.first, www);

  EXPECT_EQ(desk.second.appliance.file("www.pem"), std::nullopt);
  EXPECT_EQ(desk.ask(desk.first, "POST", "hafiles?action=sync", kSyncSsl), "200");
  EXPECT_EQ(desk.second.appliance.file("www.pem"), www.cert);
  EXPECT_EQ(desk.ask(desk.first, "POST", "sslcertkey?warning=yes", kAddWww), "201");
  EXPECT_EQ(desk.first.appliance.bind("vs", "www"), 0);
  EXPECT_EQ(desk.ask(desk.first, "POST", "nsconfig?action=save", kEmptyConfig), "200");
  EXPECT_EQ(desk.second.appliance.state_text(), desk.first.appliance.state_text());
}

TEST(Ha, OtherModesOfTheFileSyncLeaveCertificatesAlone) {
  Desk desk;
  desk.upload(desk.first, make_certificate({}));

  EXPECT_EQ(desk.ask(desk.first, "POST", "hafiles?action=sync", R"({"hafiles":{"mode":["misc","imports"]}})"), "200");
  EXPECT_EQ(desk.second.appliance.file("www.pem"), std::nullopt);
  EXPECT_EQ(desk.ask(desk.first, "POST", "hafiles?action=sync", R"({"hafiles":{"mode":["everything"]}})"),
            "400 1097 Invalid argument value [mode]");
}

TEST(Ha, MissingFilesMakeTheSecondaryFail) {
  Desk desk;
  desk.upload(desk.first, make_certificate({}));

  EXPECT_EQ(desk.ask(desk.first, "POST", "sslcertkey?warning=yes", kAddWww).substr(0, 35),
            "209 349 Command failed on secondary");
  EXPECT_EQ(Desk::certkeys(desk.first), "certkey www cert=www.pem key=www.key serial=01\n");
  EXPECT_EQ(Desk::certkeys(desk.second), "");

  desk.ha->sync_files();
  desk.ha->sync_config();
  EXPECT_EQ(Desk::certkeys(desk.second), Desk::certkeys(desk.first));
}

TEST(Ha, WhoDoesNotAskForWarningsHearsOfNoFailure) {
  Desk desk;
  desk.upload(desk.first, make_certificate({}));

  EXPECT_EQ(desk.ask(desk.first, "POST", "sslcertkey", kAddWww), "201");
  EXPECT_EQ(Desk::certkeys(desk.second), "");
}

TEST(Ha, FailureOnTheSecondaryMayComeAsAnError) {
  Desk desk({.failed_on_secondary = FailedOnSecondary::Error});
  desk.upload(desk.first, make_certificate({}));

  EXPECT_EQ(desk.ask(desk.first, "POST", "sslcertkey", kAddWww).substr(0, 35), "599 349 Command failed on secondary");
  EXPECT_EQ(Desk::certkeys(desk.first), "certkey www cert=www.pem key=www.key serial=01\n");
}

TEST(Ha, WhatWasOnlyOnTheOldPrimarysDiskStaysThere) {
  Desk desk;
  desk.upload(desk.first, make_certificate({.serial = 1}));
  desk.ha->sync_files();
  desk.ask(desk.first, "POST", "sslcertkey", kAddWww);
  desk.upload(desk.first, make_certificate({.serial = 2}));
  desk.ask(desk.first, "POST", "sslcertkey?action=update", R"({"sslcertkey":{"certkey":"www"}})");

  desk.ha->fail_over();

  EXPECT_EQ(Desk::certkeys(desk.second), "certkey www cert=www.pem key=www.key serial=01\n");
  EXPECT_EQ(Desk::certkeys(desk.first), "certkey www cert=www.pem key=www.key serial=02\n");
}

TEST(Ha, WritesAfterAFailoverWait) {
  Desk desk({.busy_after_failover = std::chrono::seconds(30)});

  desk.ha->fail_over();

  EXPECT_EQ(desk.ask(desk.second, "POST", "nsconfig?action=save", kEmptyConfig),
            "599 412 Synchronization is in progress");
  EXPECT_EQ(desk.ask(desk.second, "GET", "sslcertkey"), "200");
  desk.second.clock.advance(std::chrono::seconds(30));
  EXPECT_EQ(desk.ask(desk.second, "POST", "nsconfig?action=save", kEmptyConfig), "200");
}

TEST(Ha, SecondaryAnswersWritesInOneOfThreeWays) {
  struct Row {
    SecondaryWrites choice;
    std::string answer;
    bool done;
  };
  const std::vector<Row> rows = {{SecondaryWrites::Refused, "599 368 Operation permitted only on primary node.", false},
                                 {SecondaryWrites::Warned, "209 1028 You are connected to a secondary node", true},
                                 {SecondaryWrites::Silent, "200", true}};
  for (const auto& row : rows) {
    Desk desk({.secondary_writes = row.choice});
    const std::string answer = desk.ask(desk.second, "PUT", "sslvserver?warning=yes",
                                        R"({"sslvserver":{"vservername":"vs","snienable":"ENABLED"}})");

    EXPECT_EQ(answer.substr(0, row.answer.size()), row.answer);
    EXPECT_EQ(desk.second.show("sslvserver/vs", "snienable"), row.done ? "ENABLED" : "DISABLED");
    EXPECT_EQ(desk.first.show("sslvserver/vs", "snienable"), "DISABLED");
    desk.ha->sync_config();
    EXPECT_EQ(desk.second.show("sslvserver/vs", "snienable"), "DISABLED");
  }
}

TEST(Ha, ARolledBackBulkIsRolledBackOnBoth) {
  Desk desk;
  const Response answer = desk.first.send(
      "POST", "config/lbvserver", R"({"lbvserver":[{"name":"a","servicetype":"SSL"},{"servicetype":"SSL"}]})",
      {{"X-NITRO-USER", "nsroot"}, {"X-NITRO-PASS", "nsroot-password"}, {"X-NITRO-ONERROR", "rollback"}});

  EXPECT_EQ(answer.status, 207);
  EXPECT_EQ(desk.ask(desk.first, "GET", "lbvserver/a"), "404 258 No such resource [name, a]");
  EXPECT_EQ(desk.ask(desk.second, "GET", "lbvserver/a"), "404 258 No such resource [name, a]");
}

/// The pair with its sockets.
class PairWithSockets : public testing::Test {
 protected:
  std::vector<long> served(const std::string& vserver) { return TlsClient(pair_.endpoint(vserver)).serials(); }
  static std::string ask(const std::string& url, const std::string& method, const std::string& resource,
                         const std::string& body = {}) {
    const std::string answer = http(url.substr(8), method, "/nitro/v1/" + resource, body);
    const auto end = answer.find("\r\n\r\n");
    return end == std::string::npos ? answer : answer.substr(end + 4);
  }
  static std::string role(const std::string& url) {
    const std::string body = ask(url, "GET", "stat/hanode");
    return body.find(R"("hacurmasterstate": "Primary")") != std::string::npos ? "Primary" : "Secondary";
  }

  ManualClock clock_;
  sim::Pair pair_{Box::with_vservers(), &clock_};
};

TEST_F(PairWithSockets, VserversKeepTheirAddressAndServeTheNewPrimarysCertificate) {
  const Pair old = make_certificate({.serial = 1});
  const Pair renewed = make_certificate({.serial = 2});
  pair_.add_certkey("www", old.cert, old.key);
  pair_.bind("vs", "www");
  TlsClient open(pair_.endpoint("vs"));
  const std::string address = pair_.endpoint("vs");
  // Renewed on the primary's disk alone.
  pair_.node(0).put_file("www.pem", renewed.cert);
  pair_.node(0).put_file("www.key", renewed.key);
  pair_.node(0).appliance().person("POST", "sslcertkey?action=update", R"({"sslcertkey":{"certkey":"www"}})");
  EXPECT_EQ(served("vs"), std::vector<long>{2});

  pair_.fail_over();

  EXPECT_EQ(open.receive_all(), "");
  EXPECT_EQ(pair_.endpoint("vs"), address);
  EXPECT_EQ(served("vs"), std::vector<long>{1});
}

TEST_F(PairWithSockets, FloatingAddressReachesThePrimary) {
  EXPECT_EQ(role(pair_.node(0).url()), "Primary");
  EXPECT_EQ(role(pair_.node(1).url()), "Secondary");
  TlsClient open(pair_.floating_url().substr(8));
  EXPECT_EQ(role(pair_.floating_url()), "Primary");
  EXPECT_EQ(pair_.node(0).log().requests(), 2U);

  pair_.fail_over();

  EXPECT_EQ(open.receive_all(), "");
  EXPECT_EQ(role(pair_.floating_url()), "Primary");
  EXPECT_EQ(role(pair_.node(0).url()), "Secondary");
  EXPECT_EQ(pair_.node(1).log().requests(), 2U);
}

TEST_F(PairWithSockets, SessionsBelongToANode) {
  const std::string login = R"({"login":{"username":"nsroot","password":"nsroot-password"}})";
  const std::string answer = ask(pair_.floating_url(), "POST", "config/login", login);
  const auto begin = answer.find("##");
  const std::string cookie = answer.substr(begin, answer.find('"', begin) - begin);
  const auto version = [&] {
    TlsClient client(pair_.floating_url().substr(8));
    client.send("GET /nitro/v1/config/nsversion HTTP/1.1\r\nHost: sim\r\nCookie: NITRO_AUTH_TOKEN=" + cookie +
                "\r\n\r\n");
    return client.receive_answer().substr(9, 3);
  };

  EXPECT_EQ(version(), "200");
  pair_.fail_over();
  EXPECT_EQ(version(), "401");
}

TEST_F(PairWithSockets, FailoverMayBeAFault) {
  struct Row {
    bool apply_first;
    std::string answer;
  };
  for (const auto& row : {Row{true, R"({ "errorcode": 0, "message": "Done", "severity": "NONE" })"},
                          Row{false, R"({ "errorcode": 368, "message": "Operation permitted only on primary node.", )"
                                     R"("severity": "ERROR" })"}}) {
    Simulator& asked = pair_.primary();
    asked.faults().add(
        {.kind = FaultKind::FailOver, .target = "nsconfig", .mutating = true, .apply_first = row.apply_first});

    EXPECT_EQ(ask(asked.url(), "POST", "config/nsconfig?action=save", kEmptyConfig), row.answer);
    EXPECT_EQ(role(asked.url()), "Secondary");
  }
}

}  // namespace
}  // namespace sim::test
