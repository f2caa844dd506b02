#include <gtest/gtest.h>

#include "sim/test_box.h"

namespace sim::test {
namespace {

class Bind : public testing::Test {
 protected:
  std::string bind(const std::string& vserver, const std::string& certkey, const std::string& rest = "") {
    return brief(box_.ask("PUT", "sslvserver_sslcertkey_binding",
                          R"({"sslvserver_sslcertkey_binding":{"vservername":")" + vserver + R"(","certkeyname":")" +
                              certkey + "\"" + rest + "}}"));
  }
  std::string unbind(const std::string& vserver, const std::string& args) {
    return brief(box_.ask("DELETE", "sslvserver_sslcertkey_binding/" + vserver + "?args=" + args));
  }

  Box box_;
};

TEST_F(Bind, BindingIsShownFromBothSides) {
  box_.add("www", make_certificate({}));

  EXPECT_EQ(box_.ask("GET", "sslvserver_sslcertkey_binding/vs"),
            R"(200 { "errorcode": 0, "message": "Done", "severity": "NONE" })");
  EXPECT_EQ(bind("vs", "www"), "201");
  EXPECT_EQ(bind("vs", "www"), "409 273 Resource already exists");
  EXPECT_EQ(box_.ask("GET", "sslvserver_sslcertkey_binding/vs"),
            R"(200 { "errorcode": 0, "message": "Done", "severity": "NONE", "sslvserver_sslcertkey_binding": [ { )"
            R"("vservername": "vs", "certkeyname": "www", "cleartextport": "0", "ca": false, "snicert": false, )"
            R"("skipcaname": false } ] })");
  EXPECT_EQ(box_.show("sslcertkey_sslvserver_binding/www", "servername"), "vs");
  EXPECT_EQ(brief(box_.ask("DELETE", "sslcertkey/www")).substr(0, 8), "599 1541");
  EXPECT_EQ(unbind("vs", "certkeyname:www"), "200");
  EXPECT_EQ(brief(box_.ask("DELETE", "sslcertkey/www")), "200");
}

TEST_F(Bind, UnknownPartnersAreNamed) {
  box_.add("www", make_certificate({}));
  box_.add("keyless", make_certificate({.serial = 2}), false);

  EXPECT_EQ(bind("none", "www"), "599 461 No such Vserver");
  EXPECT_EQ(bind("vs", "none"), "599 1540 Certificate does not exist");
  EXPECT_EQ(bind("vs", "keyless"), "599 1547 Certificate is not a server/client certificate");
  EXPECT_EQ(bind("vs", "ns-server-certificate"), "599 3722 Cannot bind internal default certificate.");
  EXPECT_EQ(brief(box_.ask("GET", "sslvserver_sslcertkey_binding")),
            "400 1095 Required argument missing [vServerName]");
  EXPECT_EQ(brief(box_.ask("GET", "lbvserver/none")), "404 258 No such resource [name, none]");
}

TEST_F(Bind, DefaultReplacesItsOwnKeyTypeOnly) {
  box_.add("ec1", make_certificate({.serial = 1}));
  box_.add("ec2", make_certificate({.serial = 2}));
  box_.add("rsa", make_certificate({.serial = 3, .rsa = true}));

  bind("vs", "ec1");
  bind("vs", "rsa");
  EXPECT_EQ(bind("vs", "ec2"), "201");

  EXPECT_EQ(box_.ask("GET", "sslvserver_sslcertkey_binding/vs?attrs=certkeyname"),
            R"(200 { "errorcode": 0, "message": "Done", "severity": "NONE", "sslvserver_sslcertkey_binding": [ { )"
            R"("certkeyname": "rsa" }, { "certkeyname": "ec2" } ] })");
}

TEST_F(Bind, SniHasItsRules) {
  box_.add("www", make_certificate({.serial = 1}));
  box_.add("same", make_certificate({.serial = 2}));
  box_.add("nameless", make_certificate({.common_name = "", .dns_names = {"x.example.com"}, .serial = 3}));
  const std::string sni = R"(,"snicert":true)";

  EXPECT_EQ(bind("vs", "www", sni), "599 3627 SNI feature not enabled on the vserver/service");
  EXPECT_EQ(bind("vs_sni", "nameless", sni).substr(0, 8), "599 3628");
  EXPECT_EQ(bind("vs_sni", "www", sni + R"(,"ocspcheck":"Optional")"),
            "400 1093 Argument pre-requisite missing [ocspCheck, CA]");
  EXPECT_EQ(bind("vs_sni", "www", sni), "201");
  EXPECT_EQ(bind("vs_sni", "same", sni).substr(0, 8), "599 3629");
  EXPECT_EQ(bind("vs_sni", "www"), "201");

  EXPECT_EQ(unbind("vs_sni", "certkeyname:www,snicert:True"), "400 1097 Invalid argument value [snicert]");
  EXPECT_EQ(unbind("vs_sni", "certkeyname:www"), "200");
  EXPECT_EQ(unbind("vs_sni", "certkeyname:www"), "599 1542 Certificate binding does not exist");
  EXPECT_EQ(unbind("vs_sni", "certkeyname:www,snicert:true"), "200");
}

TEST_F(Bind, CaBindingShowsAnOcspCheckNobodySet) {
  box_.add("ca", make_certificate({.common_name = "CA", .ca = true}), false);

  EXPECT_EQ(bind("vs", "ca", R"(,"ca":true)"), "201");
  EXPECT_EQ(box_.show("sslvserver_sslcertkey_binding/vs", "ocspcheck"), "Optional");
  EXPECT_EQ(unbind("vs", "certkeyname:ca"), "599 1542 Certificate binding does not exist");
  EXPECT_EQ(unbind("vs", "certkeyname:ca,ca:true"), "200");
}

TEST_F(Bind, SniIsSwitchedOnTheVserver) {
  EXPECT_EQ(brief(box_.ask("PUT", "sslvserver", R"({"sslvserver":{"vservername":"vs","snienable":"ENABLED"}})")),
            "200");
  EXPECT_EQ(box_.show("sslvserver/vs", "snienable"), "ENABLED");
  EXPECT_EQ(brief(box_.ask("GET", "sslvserver/none")), "599 461 No such Vserver");
}

TEST_F(Bind, AVserverBringsItsSslvserver) {
  const std::string add = R"({"lbvserver":{"name":"new","servicetype":"SSL","ipv46":"10.0.0.1","port":443}})";

  EXPECT_EQ(box_.ask("POST", "lbvserver", add), "201");
  EXPECT_EQ(brief(box_.ask("POST", "lbvserver", add)), "409 273 Resource already exists [name, new]");
  EXPECT_EQ(box_.show("lbvserver/new", "ipv46"), "10.0.0.1");
  EXPECT_EQ(box_.show("sslvserver/new", "snienable"), "DISABLED");
  EXPECT_EQ(brief(box_.ask("DELETE", "lbvserver/new")), "200");
  EXPECT_EQ(brief(box_.ask("GET", "sslvserver/new")), "599 461 No such Vserver");
}

}  // namespace
}  // namespace sim::test
