#include <gtest/gtest.h>

#include "sim/test_box.h"

namespace sim::test {
namespace {

TEST(Protocol, UnknownThingsAreNamed) {
  Box box;

  EXPECT_EQ(brief(box.ask("GET", "nosuchthing")), "400 1232 Invalid object name");
  EXPECT_EQ(brief(box.ask("POST", "sslcertkey", "{")), "400 1233 Invalid JSON input");
  EXPECT_EQ(brief(box.ask("POST", "sslcertkey", R"({"other":{}})")), "400 1232 Invalid object name");
  EXPECT_EQ(brief(box.ask("POST", "sslcertkey?action=dance", R"({"sslcertkey":{}})")),
            "400 1240 Invalid nitro action or operation");
}

TEST(Protocol, ListsCanBeCountedFilteredAndPaged) {
  Box box;
  for (const char* name : {"a1", "a2", "b1"}) {
    box.add(name, make_certificate({.serial = name[0] * 10 + name[1]}));
  }
  const auto names = [&](const std::string& query) {
    const std::string answer = box.ask("GET", "sslcertkey?attrs=certkey&" + query);
    const auto list = answer.find(R"("sslcertkey")");
    return list == std::string::npos ? "(absent)" : answer.substr(list + 14);
  };

  EXPECT_EQ(box.show("sslcertkey?count=yes", "__count"), "4");
  EXPECT_EQ(names("filter=certkey:a1,status:Valid"), R"([ { "certkey": "a1" } ] })");
  EXPECT_EQ(names("filter=certkey:/^a.*/"), R"([ { "certkey": "a1" }, { "certkey": "a2" } ] })");
  EXPECT_EQ(names("pagesize=2&pageno=2"), R"([ { "certkey": "b1" }, { "certkey": "ns-server-certificate" } ] })");
  EXPECT_EQ(names("filter=certkey:none"), "(absent)");
}

TEST(Protocol, NamesMayBeEncodedTwice) {
  Box box;
  box.upload("w.pem", make_certificate({}).cert);
  box.ask("POST", "sslcertkey", R"({"SSLCERTKEY":[{"CertKey":"my www","CERT":"w.pem"}]})");

  for (const char* name : {"my%20www", "my%2520www", "my%2Bwww"}) {
    EXPECT_EQ(box.show("sslcertkey/" + std::string(name), "certkey"), "my www") << name;
  }
}

TEST(Protocol, BulkReportsEachElement) {
  Box box;
  box.upload("a.pem", make_certificate({.serial = 1}).cert);
  box.upload("b.pem", make_certificate({.serial = 2}).cert);
  const std::string body =
      R"({"sslcertkey":[{"certkey":"a","cert":"a.pem"},{"certkey":"x","cert":"x.pem"},{"certkey":"b","cert":"b.pem"}]})";
  const auto bulk = [&](const std::string& on_error) {
    return box.send("POST", "config/sslcertkey", body,
                    {{"X-NITRO-USER", "nsroot"}, {"X-NITRO-PASS", "nsroot-password"}, {"X-NITRO-ONERROR", on_error}});
  };

  const Response rolled_back = bulk("rollback");
  EXPECT_EQ(rolled_back.status, 207);
  EXPECT_EQ(brief(box.ask("GET", "sslcertkey/a")), "599 1540 Certificate does not exist");

  EXPECT_EQ(bulk("exit").body,
            R"({ "errorcode": 1243, "message": "Bulk operation failed", "severity": "ERROR", "response": [ )"
            R"({ "errorcode": 0, "message": "Done", "severity": "NONE" }, )"
            R"({ "errorcode": 1647, "message": "Input file(s) not present or not accessible in current partition", )"
            R"("severity": "ERROR" }, )"
            R"({ "errorcode": 1265, "message": "command not attempted for configuration", "severity": "ERROR" } ] })");
  EXPECT_EQ(bulk("continue").status, 207);
  EXPECT_EQ(brief(box.ask("GET", "sslcertkey/b")), "200");
}

TEST(Protocol, FormsOfOldClientsWork) {
  Box box;
  const std::string form = "object=%7B%22params%22%3A%7B%22action%22%3A%22save%22%7D%2C%22nsconfig%22%3A%7B%7D%7D";

  EXPECT_EQ(brief(box.ask("POST", "", form)), "200");
}

TEST(Protocol, SavingAndRebooting) {
  Box box;
  box.add("kept", make_certificate({.serial = 1}));
  box.add("fileless", make_certificate({.serial = 2}));
  box.appliance.bind("vs", "kept");
  EXPECT_EQ(box.show("nsconfig", "configchanged"), "true");
  box.ask("POST", "nsconfig?action=save", R"({"nsconfig":{}})");
  EXPECT_EQ(box.show("nsconfig", "configchanged"), "false");
  box.add("unsaved", make_certificate({.serial = 3}));
  box.ask("DELETE", "systemfile/fileless.pem?args=filelocation:%2Fnsconfig%2Fssl");

  box.appliance.reboot();

  const std::string state = box.appliance.state_text();
  EXPECT_EQ(state.substr(0, state.find("file ")),
            "certkey kept cert=kept.pem key=kept.key serial=01\n"
            "vserver vs\n"
            "  bind kept\n"
            "vserver vs_sni sni\n");
  EXPECT_NE(state.find("file unsaved.pem"), std::string::npos);
}

TEST(Protocol, OneSaveAtATime) {
  Options options;
  options.save_time = std::chrono::milliseconds(500);
  Box box(options);
  const auto save = [&] { return box.ask("POST", "nsconfig?action=save", R"({"nsconfig":{}})"); };

  EXPECT_EQ(brief(save()), "200");
  EXPECT_EQ(save(), R"(599 { "errorcode": 293, "message": "Operation already in progress", "severity": "ERROR" })");
  box.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(brief(save()), "200");
}

TEST(Protocol, ThousandsOfCertkeysAreListedFast) {
  Box box;
  const Pair pair = make_certificate({});
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "c" + std::to_string(i);
    ASSERT_EQ(box.appliance.add_certkey(name, make_certificate({.serial = i + 1, .issuer = &pair}).cert), 0);
  }

  EXPECT_EQ(box.show("sslcertkey?count=yes", "__count"), "1001");
  EXPECT_GT(box.ask("GET", "sslcertkey").size(), 500000U);
}

TEST(Protocol, ApplianceTellsAboutItself) {
  Box box;

  EXPECT_EQ(box.show("nsversion", "version").substr(0, 30), "NetScaler NS14.1: Build 43.50.");
  EXPECT_EQ(box.show("nsconfig", "systemtype"), "Stand-alone");
  EXPECT_EQ(box.show("hanode/0", "state"), "Primary");
  EXPECT_EQ(brief(box.ask("POST", "hafiles?action=sync", R"({"hafiles":{"mode":["ssl"]}})")), "200");
  EXPECT_EQ(brief(box.ask("POST", "nspartition?action=Switch", R"({"nspartition":{"partitionname":"p1"}})")),
            "599 2755 Partition does not exist");
}

}  // namespace
}  // namespace sim::test
