// Services, service groups and the appliance's own services.
#include <gtest/gtest.h>

#include "sim/test_box.h"

namespace sim::test {
namespace {

constexpr const char* kInternal = "nshttps-127.0.0.1-internal";

Options with_services() {
  Options options = Box::with_vservers();
  options.services = {{"svc"}, {"grp", true}, {"plain", false, "HTTP"}};
  return options;
}

class Services : public testing::Test {
 protected:
  Services() {
    box_.add("www", make_certificate({.serial = 1}));
    box_.add("ca", make_certificate({.common_name = "CA", .serial = 2, .ca = true}), false);
  }
  std::string bind(const std::string& kind, const std::string& owner, const std::string& certkey,
                   const std::string& rest = "") {
    const std::string resource = "ssl" + kind + "_sslcertkey_binding";
    return brief(box_.ask("PUT", resource,
                          "{\"" + resource + "\":{\"" + kind + R"(name":")" + owner + R"(","certkeyname":")" + certkey +
                              "\"" + rest + "}}"));
  }
  std::string unbind(const std::string& kind, const std::string& owner, const std::string& args) {
    return brief(box_.ask("DELETE", "ssl" + kind + "_sslcertkey_binding/" + owner + "?args=" + args));
  }
  std::string get(const std::string& path) { return brief(box_.ask("GET", path)); }

  Box box_{with_services()};
};

TEST_F(Services, MissingOnesHaveTheirCodes) {
  EXPECT_EQ(get("service/none"), "404 344 No Service");
  EXPECT_EQ(get("servicegroup/none"), "404 258 No such resource [serviceGroupName, none]");
  EXPECT_EQ(get("sslservice/none"), "599 462 No such service");
  EXPECT_EQ(get("sslservicegroup/none"), "599 463 No such service/serviceGroup");
  EXPECT_EQ(get("sslservice_sslcertkey_binding/none"), "599 462 No such service");
  EXPECT_EQ(bind("service", "none", "www"), "599 462 No such service");
  EXPECT_EQ(bind("servicegroup", "none", "www"), "599 463 No such service/serviceGroup");
  EXPECT_EQ(unbind("servicegroup", "none", "certkeyname:www"), "599 463 No such service/serviceGroup");
}

TEST_F(Services, ExistingOnesAreListed) {
  EXPECT_EQ(box_.ask("GET", "service?attrs=name"),
            R"(200 { "errorcode": 0, "message": "Done", "severity": "NONE", "service": [ { "name": "svc" }, )"
            R"({ "name": "plain" } ] })");
  EXPECT_EQ(box_.show("servicegroup", "servicegroupname"), "grp");
  EXPECT_EQ(box_.show("sslservicegroup/grp", "servicegroupname"), "grp");
  EXPECT_EQ(box_.show("sslservice/svc", "servicename"), "svc");
  EXPECT_EQ(get("sslservice/plain"), "599 1544 Object's protocol type is not SSL");
  EXPECT_EQ(box_.show("sslservice?filter=servicename:/internal/&count=yes", "__count"), "3");
}

TEST_F(Services, BindingsAreReadOneByOneAndAllAtOnce) {
  EXPECT_EQ(bind("service", "svc", "www"), "201");
  EXPECT_EQ(bind("service", "svc", "www"), "409 273 Resource already exists");
  EXPECT_EQ(bind("servicegroup", "grp", "ca", R"(,"ca":true)"), "201");

  EXPECT_EQ(box_.show("sslservice_sslcertkey_binding/svc", "certkeyname"), "www");
  EXPECT_EQ(box_.show("sslservicegroup_sslcertkey_binding/grp", "ocspcheck"), "Optional");
  EXPECT_EQ(box_.show("sslservicegroup_sslcertkey_binding?bulkbindings=yes", "servicegroupname"), "grp");
  EXPECT_EQ(box_.show("sslservice_sslcertkey_binding?bulkbindings=yes&filter=certkeyname:www", "servicename"), "svc");
  EXPECT_EQ(get("sslservice_sslcertkey_binding"), "400 1095 Required argument missing [serviceName]");
  EXPECT_EQ(box_.show("sslcertkey_service_binding/www", "servicename"), "svc");
  EXPECT_EQ(box_.show("sslcertkey_service_binding/ca", "servicegroupname"), "grp");
  EXPECT_EQ(brief(box_.ask("DELETE", "sslcertkey/www")).substr(0, 8), "599 1541");
}

TEST_F(Services, UnbindNeedsTheFlagsOfTheBinding) {
  bind("servicegroup", "grp", "ca", R"(,"ca":true)");

  EXPECT_EQ(unbind("servicegroup", "grp", "certkeyname:ca"), "599 1542 Certificate binding does not exist");
  EXPECT_EQ(unbind("servicegroup", "grp", "certkeyname:ca,ca:True"), "400 1097 Invalid argument value [ca]");
  EXPECT_EQ(unbind("servicegroup", "grp", "certkeyname:ca,ca:true"), "200");
}

TEST_F(Services, SniBelongsToVservers) {
  const std::string sni = R"(,"snicert":true)";

  EXPECT_EQ(bind("service", "svc", "www", sni),
            "599 3805 Cannot bind SNI cert on an internal and backend service. SNI cert can be bound only to SSL "
            "vserver.");
  EXPECT_EQ(bind("servicegroup", "grp", "www", sni).substr(0, 8), "599 3805");
  EXPECT_EQ(bind("service", kInternal, "www", sni),
            "599 3630 Operation not permitted - SNI feature not supported on internal service");
}

TEST_F(Services, InternalOnesStandApart) {
  EXPECT_EQ(box_.show("service?args=internal:true&count=yes", "__count"), "3");
  EXPECT_EQ(box_.show(std::string("sslservice_sslcertkey_binding/") + kInternal, "certkeyname"),
            "ns-server-certificate");
  EXPECT_EQ(bind("service", "svc", "ns-server-certificate"), "599 3722 Cannot bind internal default certificate.");
  EXPECT_EQ(bind("service", kInternal, "www"), "201");
  EXPECT_EQ(box_.show(std::string("sslservice_sslcertkey_binding/") + kInternal, "certkeyname"), "www");
}

TEST_F(Services, GroupsHaveNoSkipCaName) {
  EXPECT_EQ(bind("service", "svc", "ca", R"(,"ca":true,"skipcaname":true)"), "201");
  EXPECT_EQ(bind("servicegroup", "grp", "ca", R"(,"ca":true,"skipcaname":true)"),
            "599 278 Invalid argument [skipCAName]");
}

TEST_F(Services, OneDefaultOfAKeyTypeReplacesTheOther) {
  box_.add("next", make_certificate({.serial = 3}));
  bind("service", "svc", "www");

  EXPECT_EQ(brief(box_.ask("PUT", "sslservice_sslcertkey_binding?warning=yes",
                           R"({"sslservice_sslcertkey_binding":{"servicename":"svc","certkeyname":"next"}})")),
            "209 1546 Current certificate replaces the previous binding");
  EXPECT_EQ(box_.show("sslservice_sslcertkey_binding/svc", "certkeyname"), "next");
}

}  // namespace
}  // namespace sim::test
