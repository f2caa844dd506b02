// Admin partitions: where a request is, what it sees there, and which files it may touch.
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "sim/json.h"
#include "sim/request_log.h"
#include "sim/simulator.h"
#include "sim/test_box.h"
#include "sim/test_client.h"

namespace sim::test {
namespace {

Options with_partitions() {
  Options options = Box::with_vservers();
  options.partitions = {{"p1", {{"vs_p1"}, {"vs"}}}, {"p2"}};
  return options;
}

class InSession : public testing::Test {
 protected:
  InSession() {
    const Response login =
        box_.send("POST", "config/login", R"({"login":{"username":"nsroot","password":"nsroot-password"}})", {});
    cookie_ = {{"Cookie", "NITRO_AUTH_TOKEN=" + parse_json(login.body)->find("sessionid")->text()}};
  }
  std::string whole(const std::string& method, const std::string& path, const std::string& body = {}) {
    const Response answer = box_.send(method, "config/" + path, body, cookie_);
    return std::to_string(answer.status) + (answer.body.empty() ? "" : " " + answer.body);
  }
  std::string ask(const std::string& method, const std::string& path, const std::string& body = {}) {
    return brief(whole(method, path, body));
  }
  std::string switch_to(const std::string& partition) {
    return ask("POST", "nspartition?action=Switch", R"({"nspartition":{"partitionname":")" + partition + R"("}})");
  }
  std::string upload(const std::string& name, const std::string& folder, const std::string& content = "text") {
    return ask("POST", "systemfile",
               R"({"systemfile":{"filename":")" + name + R"(","filelocation":")" + folder + R"(","filecontent":")" +
                   certsync::to_base64(content) + R"(","fileencoding":"BASE64"}})");
  }

  Box box_{with_partitions()};
  std::vector<Header> cookie_;
};

TEST_F(InSession, SwitchChangesWhatIsSeen) {
  EXPECT_EQ(ask("GET", "lbvserver/vs_sni"), "200");
  EXPECT_EQ(switch_to("p1"), "200");
  EXPECT_EQ(ask("GET", "lbvserver/vs_sni"), "404 258 No such resource [name, vs_sni]");
  EXPECT_EQ(ask("GET", "lbvserver/vs_p1"), "200");
  EXPECT_EQ(switch_to("p3"), "599 2755 Partition does not exist");
  EXPECT_EQ(ask("GET", "lbvserver/vs_p1"), "200");
  EXPECT_EQ(switch_to("default"), "200");
  EXPECT_EQ(ask("GET", "lbvserver/vs_sni"), "200");
}

TEST_F(InSession, SwitchIsNoWrite) {
  const std::string body = R"({"nspartition":{"partitionname":"p1"}})";
  const Request request{"POST", "/nitro/v1/config/nspartition?action=Switch", cookie_, body};

  const Outcome outcome = box_.appliance.answer(request);

  EXPECT_EQ(outcome.errorcode, 0);
  EXPECT_FALSE(outcome.mutating);
  EXPECT_FALSE(is_mutating(request));
}

TEST_F(InSession, PartitionsAreListed) {
  switch_to("p1");

  EXPECT_EQ(whole("GET", "nspartition?attrs=partitionname,partitionid,partitiontype"),
            R"(200 { "errorcode": 0, "message": "Done", "severity": "NONE", "nspartition": [ )"
            R"({ "partitionname": "default", "partitionid": "0", "partitiontype": "Default Partition" }, )"
            R"({ "partitionname": "p1", "partitionid": "1", "partitiontype": "Current Partition" }, )"
            R"({ "partitionname": "p2", "partitionid": "2" } ] })");
}

TEST_F(InSession, HeaderAuthenticationIsAlwaysInTheDefaultPartition) {
  EXPECT_EQ(brief(box_.ask("POST", "nspartition?action=Switch", R"({"nspartition":{"partitionname":"p1"}})")), "200");
  EXPECT_EQ(brief(box_.ask("GET", "lbvserver/vs_sni")), "200");
}

TEST_F(InSession, BareFileNamesMeanThePartitionsFolder) {
  const Pair www = make_certificate({});
  switch_to("p1");

  EXPECT_EQ(upload("www.pem", "/var/partitions/p1/netscaler/ssl", www.cert), "201");
  EXPECT_EQ(upload("www.key", "/var/partitions/p1/netscaler/ssl/", www.key), "201");
  EXPECT_EQ(ask("POST", "sslcertkey", kAddWww), "201");
  EXPECT_EQ(box_.appliance.state_text("p1").substr(0, 47), "certkey www cert=www.pem key=www.key serial=01\n");
  switch_to("default");
  EXPECT_EQ(ask("GET", "sslcertkey/www"), "599 1540 Certificate does not exist");
  EXPECT_EQ(ask("GET", "systemfile?args=filelocation:%2Fvar%2Fpartitions%2Fp1%2Fnetscaler%2Fssl,filename:www.pem"),
            "200");
}

TEST_F(InSession, FilesOfOthersAreOutOfReach) {
  const std::string refused = "599 1645 Output filepath should be under the partition's default SSL directory";
  const Pair www = make_certificate({});
  box_.upload("www.pem", www.cert);
  box_.upload("www.key", www.key);
  switch_to("p1");

  EXPECT_EQ(upload("a.pem", "/nsconfig/ssl"), refused);
  EXPECT_EQ(upload("a.pem", "/var/partitions/p2/netscaler/ssl"), refused);
  EXPECT_EQ(ask("DELETE", "systemfile/www.pem?args=filelocation:%2Fnsconfig%2Fssl"), refused);
  EXPECT_EQ(ask("GET", "systemfile?args=filelocation:%2Fnsconfig%2Fssl"),
            "599 3446 User doesn't have permission for given Destination path.");
  EXPECT_EQ(ask("POST", "sslcertkey",
                R"({"sslcertkey":{"certkey":"www","cert":"/nsconfig/ssl/www.pem","key":"/nsconfig/ssl/www.key"}})"),
            "599 1647 Input file(s) not present or not accessible in current partition");
}

TEST_F(InSession, SaveMeansThePartitionOrAllOfThem) {
  const auto unsaved = [&] {
    std::string names;
    for (const char* name : {"default", "p1", "p2"}) {
      if (box_.appliance.config_changed(name)) names += std::string(name) + " ";
    }
    return names;
  };
  for (const char* name : {"default", "p1", "p2"}) {
    box_.appliance.mark_saved(false, name);
  }
  switch_to("p1");

  EXPECT_EQ(ask("POST", "nsconfig?action=save", R"({"nsconfig":{}})"), "200");
  EXPECT_EQ(unsaved(), "default p2 ");
  EXPECT_EQ(ask("POST", "nsconfig?action=save", R"({"nsconfig":{"all":true}})"), "200");
  EXPECT_EQ(unsaved(), "");
}

TEST(Partition, PersonWorksInAPartition) {
  Box box(with_partitions());
  Person p1 = box.appliance.in("p1");
  const Pair www = make_certificate({.serial = 1});
  const Pair renewed = make_certificate({.serial = 2});

  EXPECT_EQ(p1.add_certkey("www", www.cert, www.key), 0);
  EXPECT_EQ(p1.bind("vs", "www"), 0);
  EXPECT_EQ(p1.update_certkey("www", renewed.cert, renewed.key), 0);
  EXPECT_EQ(box.appliance.in("default").bind("vs", "www"), 1540);
  EXPECT_EQ(p1.state_text(),
            "certkey www cert=www.pem key=www.key serial=02\nvserver vs_p1\nvserver vs\n  bind www\n"
            "file www.key " +
                std::to_string(renewed.key.size()) + "\nfile www.pem " + std::to_string(renewed.cert.size()) +
                "\nsaved no\n");
  EXPECT_EQ(box.appliance.state_text(), "vserver vs\nvserver vs_sni sni\nsaved yes\npartition p1\n" + p1.state_text() +
                                            "partition p2\nsaved yes\n");
}

TEST(Partition, TheSameCertificateMayBeLoadedInEach) {
  Box box(with_partitions());
  const Pair www = make_certificate({});

  EXPECT_EQ(box.appliance.in("p1").add_certkey("www", www.cert, www.key), 0);
  EXPECT_EQ(box.appliance.in("p2").add_certkey("other", www.cert, www.key), 0);
  EXPECT_EQ(box.appliance.in("p2").add_certkey("again", www.cert, www.key), 273);
}

TEST(Partition, RebootKeepsEachPartitionsOwnSavedConfiguration) {
  Box box(with_partitions());
  const Pair www = make_certificate({});
  box.appliance.in("p1").add_certkey("www", www.cert, www.key);
  box.appliance.in("p2").add_certkey("www", www.cert, www.key);
  box.appliance.in("p1").save();

  box.appliance.reboot();

  EXPECT_EQ(box.appliance.state_text("p1").substr(0, 12), "certkey www ");
  EXPECT_EQ(box.appliance.state_text("p2").substr(0, 5), "file ");
}

TEST(Partition, PropagatedCommandsStayInTheirPartition) {
  const auto ha = std::make_shared<HaGroup>();
  Box first(with_partitions(), ha);
  Box second(with_partitions(), ha);
  const Pair www = make_certificate({});
  first.appliance.in("p1").put_file("www.pem", www.cert);
  first.appliance.in("p1").put_file("www.key", www.key);
  ha->sync_files();

  EXPECT_EQ(first.appliance.in("p1").ask("POST", "sslcertkey", kAddWww), 0);
  EXPECT_EQ(second.appliance.state_text(), first.appliance.state_text());
  EXPECT_EQ(second.appliance.in("p1").file("www.pem"), www.cert);
}

TEST(Partition, ItsVserversServe) {
  ManualClock clock;
  Simulator simulator(with_partitions(), &clock);
  Person p1 = simulator.appliance().in("p1");
  const Pair www = make_certificate({.serial = 5});
  p1.add_certkey("www", www.cert, www.key);
  p1.bind("vs", "www");

  EXPECT_EQ(TlsClient(simulator.endpoint("p1/vs")).serials(), std::vector<long>{5});
  EXPECT_EQ(TlsClient(simulator.endpoint("vs")).serials(), std::vector<long>{});
}

}  // namespace
}  // namespace sim::test
