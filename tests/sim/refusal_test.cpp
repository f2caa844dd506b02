// Updates that are refused because of what uses the certkey, and those that break something.
#include <gtest/gtest.h>

#include "sim/test_box.h"

namespace sim::test {
namespace {

constexpr const char* kReload = R"({"sslcertkey":{"certkey":"www","nodomaincheck":true}})";

class Update : public testing::Test {
 protected:
  std::string update(const Pair& next) {
    box_.upload("www.pem", next.cert);
    box_.upload("www.key", next.key);
    return brief(box_.ask("POST", "sslcertkey?action=update&warning=yes", kReload));
  }
  std::string bound(const std::string& vserver) {
    const std::string path = "sslvserver_sslcertkey_binding/" + vserver;
    return box_.show(path + "?count=yes", "__count");
  }

  Box box_;
  Person admin_ = box_.appliance.in("default");
  const Pair first_ = make_certificate({.serial = 1});
  const Pair next_ = make_certificate({.serial = 2});
};

TEST_F(Update, IsRefusedWhileVpnGlobalUsesTheCertkey) {
  box_.add("www", first_);
  EXPECT_EQ(admin_.bind_vpn_global("www"), 0);

  EXPECT_EQ(update(next_).substr(0, 8), "599 1541");
  EXPECT_EQ(box_.show("vpnglobal_sslcertkey_binding", "certkeyname"), "www");
  EXPECT_EQ(box_.show("sslcertkey_binding/www", "sslcertkey_vpnglobal_binding"), R"([{"certkey":"www"}])");
  EXPECT_EQ(brief(box_.ask("DELETE", "vpnglobal_sslcertkey_binding?args=certkeyname:www")), "200");
  EXPECT_EQ(update(next_), "200");
}

TEST_F(Update, VpnGlobalMayBeShownByItsOwnResourceOnly) {
  Options options;
  options.shows_vpn_global = false;
  Box box(options);
  box.add("www", first_);
  box.appliance.in("default").bind_vpn_global("www");

  EXPECT_EQ(box.show("sslcertkey_binding/www", "sslcertkey_vpnglobal_binding"), "(absent)");
  EXPECT_EQ(box.show("vpnglobal_sslcertkey_binding", "certkeyname"), "www");
}

TEST_F(Update, IsRefusedWhileItEncryptsUserData) {
  box_.add("www", first_);
  EXPECT_EQ(admin_.use_for_user_data("www"), 0);

  EXPECT_EQ(update(next_), "599 3374 SSL certificate is used for encrypting user data and can not be updated");
  EXPECT_EQ(box_.show("vpnglobal_sslcertkey_binding", "userdataencryptionkey"), "www");
  EXPECT_EQ(brief(box_.ask("DELETE", "sslcertkey/www")).substr(0, 8), "599 1541");
  EXPECT_EQ(brief(box_.ask("DELETE", "vpnglobal_sslcertkey_binding?args=userdataencryptionkey:www")), "200");
  EXPECT_EQ(update(next_), "200");
}

TEST_F(Update, IsRefusedWhileAnAdfsProxyUsesTheCertkey) {
  box_.add("www", first_);
  EXPECT_EQ(admin_.use_for_adfs_proxy("www"), 0);

  EXPECT_EQ(update(next_), "599 3375 SSL certificate is bound to a adfsproxy profile and cannot be updated");
  EXPECT_EQ(box_.show("adfsproxyprofile/adfs_www", "certkeyname"), "www");
  EXPECT_EQ(brief(box_.ask("DELETE", "sslcertkey/www")).substr(0, 8), "599 1541");
  EXPECT_EQ(brief(box_.ask("DELETE", "adfsproxyprofile/adfs_www")), "200");
  EXPECT_EQ(update(next_), "200");
}

TEST_F(Update, WhoRefusesIsPartOfTheState) {
  box_.add("www", first_);
  admin_.bind_vpn_global("www");
  admin_.use_for_user_data("www");
  admin_.use_for_adfs_proxy("www");

  const std::string text = box_.appliance.state_text();
  EXPECT_NE(text.find("vpn global bind www\nuser data key www\nadfs proxy adfs_www uses www\n"), std::string::npos)
      << text;
}

TEST_F(Update, SniBindingOfANameInUseBreaks) {
  box_.add("www", first_);
  box_.add("api", make_certificate({.common_name = "api.example.com", .serial = 5}));
  admin_.bind("vs_sni", "www", true);
  admin_.bind("vs_sni", "api", true);

  EXPECT_EQ(update(make_certificate({.common_name = "api.example.com", .serial = 6})),
            "209 3637 Some of the existing SNI cert bindings are broken due to presence of certificate with duplicate "
            "Common Name.");
  EXPECT_EQ(box_.show("sslvserver_sslcertkey_binding/vs_sni", "certkeyname"), "api");
}

TEST_F(Update, SniBindingWithoutANameBreaks) {
  box_.add("www", first_);
  admin_.bind("vs_sni", "www", true);
  admin_.bind("vs_sni", "www");

  EXPECT_EQ(update(make_certificate({.common_name = "", .dns_names = {"www.example.com"}, .serial = 6})),
            "209 3638 All exitsing SNI Cert bindings are broken during update operation due to missing Common Name.");
  EXPECT_EQ(box_.show("sslvserver_sslcertkey_binding/vs_sni", "snicert"), "false");
}

TEST_F(Update, LinkToAnotherIssuerBreaks) {
  const Pair r3 = make_certificate({.common_name = "R3", .serial = 10, .ca = true});
  const Pair r4 = make_certificate({.common_name = "R4", .serial = 11, .ca = true});
  box_.add("r3", r3, false);
  box_.add("www", make_certificate({.serial = 1, .issuer = &r3}));
  admin_.link("www", "r3");

  EXPECT_EQ(update(make_certificate({.serial = 2, .issuer = &r3})), "200");
  EXPECT_EQ(box_.show("sslcertkey/www", "linkcertkeyname"), "r3");
  EXPECT_EQ(update(make_certificate({.serial = 3, .issuer = &r4})),
            "209 1587 All incompatible CA links/Cert bindings were broken during the update operation");
  EXPECT_EQ(box_.show("sslcertkey/www", "linkcertkeyname"), "(absent)");
}

TEST_F(Update, ChangedKeyTypeLosesTheSlotThatIsTaken) {
  box_.add("www", first_);
  box_.add("rsa", make_certificate({.common_name = "rsa.example.com", .serial = 5, .rsa = true}));
  admin_.bind("vs", "www");
  admin_.bind("vs", "rsa");

  EXPECT_EQ(update(make_certificate({.serial = 6, .rsa = true})).substr(0, 8), "209 1587");
  EXPECT_EQ(bound("vs"), "1");
}

TEST_F(Update, SecondDefaultOfAKeyTypeReplacesTheFirst) {
  box_.add("www", first_);
  box_.add("next", next_);
  admin_.bind("vs", "www");

  EXPECT_EQ(brief(box_.ask("PUT", "sslvserver_sslcertkey_binding?warning=yes",
                           R"({"sslvserver_sslcertkey_binding":{"vservername":"vs","certkeyname":"next"}})")),
            "209 1546 Current certificate replaces the previous binding");
  EXPECT_EQ(box_.show("sslvserver_sslcertkey_binding/vs", "certkeyname"), "next");
}

}  // namespace
}  // namespace sim::test
