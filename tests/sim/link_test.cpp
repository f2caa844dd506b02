#include <gtest/gtest.h>

#include "sim/test_box.h"

namespace sim::test {
namespace {

class Link : public testing::Test {
 protected:
  std::string link(const std::string& certkey, const std::string& issuer) {
    return brief(box_.ask("POST", "sslcertkey?action=link",
                          R"({"sslcertkey":{"certkey":")" + certkey + R"(","linkcertkeyname":")" + issuer + R"("}})"));
  }
  std::string unlink(const std::string& certkey) {
    return brief(box_.ask("POST", "sslcertkey?action=unlink", R"({"sslcertkey":{"certkey":")" + certkey + R"("}})"));
  }

  Box box_;
  Pair root_ = make_certificate({.common_name = "Root", .serial = 10, .ca = true});
  Pair intermediate_ = make_certificate({.common_name = "R3", .serial = 11, .ca = true, .issuer = &root_});
  Pair leaf_ = make_certificate({.serial = 12, .issuer = &intermediate_});
};

TEST_F(Link, ChainIsBuiltAndShown) {
  box_.add("root", root_, false);
  box_.add("r3", intermediate_, false);
  box_.add("www", leaf_);

  EXPECT_EQ(link("www", "r3"), "200");
  EXPECT_EQ(link("r3", "root"), "200");

  EXPECT_EQ(box_.show("sslcertkey/www", "linkcertkeyname"), "r3");
  EXPECT_EQ(box_.ask("GET", "sslcertlink"),
            R"(200 { "errorcode": 0, "message": "Done", "severity": "NONE", "sslcertlink": [ { "certkeyname": "r3", )"
            R"("linkcertkeyname": "root" }, { "certkeyname": "www", "linkcertkeyname": "r3" } ] })");
  EXPECT_EQ(box_.show("sslcertificatechain/www", "chainlinked"), R"(["r3","root"])");
  EXPECT_EQ(box_.show("sslcertificatechain/www", "chaincomplete"), "1");
}

TEST_F(Link, WrongLinksAreRefused) {
  box_.add("root", root_, false);
  box_.add("r3", intermediate_, false);
  box_.add("www", leaf_);

  EXPECT_EQ(link("www", "none"), "599 1540 Certificate does not exist");
  EXPECT_EQ(link("www", "www"), "599 1543 Certificate can't be linked to the same certificate");
  EXPECT_EQ(link("www", "root"), "599 1548 Issuer certificate mismatch");
  EXPECT_EQ(unlink("www"), "599 1545 Certificate does not have any CA link");
  link("www", "r3");
  EXPECT_EQ(link("www", "r3"), "409 273 Resource already exists");
  EXPECT_EQ(link("r3", "www"), "599 1677 Certificate can't be linked. This is creating a loop.");
  EXPECT_EQ(brief(box_.ask("DELETE", "sslcertkey/r3")).substr(0, 8), "599 1541");
  EXPECT_EQ(unlink("www"), "200");
  EXPECT_EQ(brief(box_.ask("DELETE", "sslcertkey/r3")), "200");
}

TEST_F(Link, UpdateBreaksALinkOnlyWhenTheIssuerChanges) {
  const Pair next = make_certificate({.common_name = "R10", .serial = 20, .ca = true, .issuer = &root_});
  box_.add("r3", intermediate_, false);
  box_.add("www", leaf_);
  link("www", "r3");
  const auto renew = [&](const Pair& pair) {
    box_.upload("www.pem", pair.cert);
    box_.upload("www.key", pair.key);
    return box_.send("POST", "config/sslcertkey?action=update&warning=yes", R"({"sslcertkey":{"certkey":"www"}})",
                     {{"X-NITRO-USER", "nsroot"}, {"X-NITRO-PASS", "nsroot-password"}});
  };

  EXPECT_EQ(renew(make_certificate({.serial = 21, .issuer = &intermediate_})).status, 200);
  EXPECT_EQ(box_.show("sslcertkey/www", "linkcertkeyname"), "r3");

  const Response broken = renew(make_certificate({.serial = 22, .issuer = &next}));
  EXPECT_EQ(broken.status, 209);
  EXPECT_EQ(*broken.header("X-NITRO-WARNING"),
            "1587 - All incompatible CA links/Cert bindings were broken during the update operation");
  EXPECT_EQ(box_.show("sslcertkey/www", "linkcertkeyname"), "(absent)");
}

TEST_F(Link, BundleBringsItsIntermediatesAndLeavesThemBehind) {
  box_.upload("b.pem", leaf_.cert + leaf_.key + intermediate_.cert + root_.cert);
  const std::string add = R"({"sslcertkey":{"certkey":"www","cert":"b.pem","bundle":"YES"}})";

  EXPECT_EQ(box_.ask("POST", "sslcertkey", add), "201");
  EXPECT_EQ(box_.show("sslcertificatechain/www", "chainlinked"), R"(["b.pem_ic1","b.pem_ic2"])");
  EXPECT_EQ(brief(box_.ask("DELETE", "sslcertkey/www")), "200");
  EXPECT_EQ(brief(box_.ask("POST", "sslcertkey", add)),
            "599 3660 Certificate file for intermediate certificate already exists.");
}

}  // namespace
}  // namespace sim::test
