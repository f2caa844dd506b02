#include <gtest/gtest.h>

#include "sim/test_box.h"

namespace sim::test {
namespace {

std::string update_body(const std::string& rest) {
  return R"({"sslcertkey":{"certkey":"www")" + rest + "}}";
}

TEST(Certkey, ShownWithTheQuirksOfRealAnswers) {
  Box box;
  const Pair ca = make_certificate({.common_name = "R3", .serial = 3, .ca = true});
  box.add("www", make_certificate({.dns_names = {"www.example.com", "example.com"}, .serial = 0x04A1, .issuer = &ca}));

  EXPECT_EQ(box.ask("GET", "sslcertkey/www"),
            R"(200 { "errorcode": 0, "message": "Done", "severity": "NONE", "sslcertkey": [ { "certkey": "www", )"
            R"("cert": "www.pem", "key": "www.key", "inform": "PEM", "signaturealg": "ecdsa-with-SHA256", )"
            R"("certificatetype": [ "CLNT_CERT", "SRVR_CERT" ], "serial": "04A1", "issuer": " C=US,CN=R3", )"
            R"("clientcertnotbefore": "Nov 22 00:00:00 2026 GMT", "clientcertnotafter": "Feb 21 00:00:00 2027 GMT", )"
            R"("daystoexpiration": 90, "subject": " C=US,CN=www.example.com", "publickey": "id-ecPublicKey", )"
            R"("publickeysize": 256, "version": 3, "priority": "0", "status": "Valid", "passcrypt": "", "data": "0", )"
            R"("expirymonitor": "ENABLED", "notificationperiod": "30", "bundle": "NO", )"
            R"("sandns": "www.example.com, example.com", "deletecertkeyfilesonremoval": "NO" } ] })");
}

TEST(Certkey, DayIsPaddedWithASpace) {
  Box box;
  box.add("www", make_certificate({.to_days = 8}));

  EXPECT_EQ(box.show("sslcertkey/www", "clientcertnotafter"), "Dec  1 00:00:00 2026 GMT");
}

TEST(Certkey, MissingNameIsWordForWordAsCaptured) {
  Box box;

  EXPECT_EQ(box.ask("POST", "sslcertkey", R"({"sslcertkey":{"cert":"a"}})"),
            R"(400 { "errorcode": 1095, "message": "Required argument missing [certkeyName]", "severity": "ERROR" })");
}

TEST(Certkey, FilesAreCheckedOnAdd) {
  Box box;
  const Pair one = make_certificate({});
  const Pair other = make_certificate({.serial = 2});
  box.upload("one.pem", one.cert);
  box.upload("one.key", one.key);
  box.upload("other.key", other.key);
  box.upload("text", "no certificate");
  box.upload("locked.key", encrypted_key(one, "open"));
  const auto add = [&](const std::string& cert, const std::string& key, const std::string& rest = "") {
    return brief(
        box.ask("POST", "sslcertkey",
                R"({"sslcertkey":{"certkey":"www","cert":")" + cert + R"(","key":")" + key + "\"" + rest + "}}"));
  };

  EXPECT_EQ(add("none.pem", "one.key"), "599 1647 Input file(s) not present or not accessible in current partition");
  EXPECT_EQ(add("text", "one.key"), "599 1536 Invalid certificate");
  EXPECT_EQ(add("one.pem", "text"), "599 1537 Invalid private key, or PEM pass phrase required for this private key");
  EXPECT_EQ(add("one.pem", "other.key"), "599 1538 Certificate and private key do not match");
  EXPECT_EQ(add("one.pem", "locked.key").substr(0, 8), "599 1537");
  EXPECT_EQ(add("one.pem", "locked.key", R"(,"password":true)"), "599 1613 Password required for private key");
  EXPECT_EQ(add("one.pem", "locked.key", R"(,"password":true,"passplain":"shut")"), "599 1614 Invalid password");
  EXPECT_EQ(add("/nsconfig/ssl/one.pem", "locked.key", R"(,"password":true,"passplain":"open")"), "201");
}

TEST(Certkey, Pkcs12NeedsItsPassphrase) {
  Box box;
  box.upload("www.pfx", pkcs12(make_certificate({}), "open"));
  const std::string add = R"({"sslcertkey":{"certkey":"www","cert":"www.pfx","inform":"PFX","passplain":)";

  EXPECT_EQ(brief(box.ask("POST", "sslcertkey", add + R"("shut"}})")), "599 1623 Problem in input PKCS12 file");
  EXPECT_EQ(box.ask("POST", "sslcertkey", add + R"("open"}})"), "201");
}

TEST(Certkey, NamesHaveRules) {
  Box box;
  const auto add = [&](const std::string& name) {
    return brief(box.ask("POST", "sslcertkey", R"({"sslcertkey":{"certkey":")" + name + R"(","cert":"a"}})"));
  };

  EXPECT_EQ(add("-www").substr(0, 8), "400 1075");
  EXPECT_EQ(add("w/w").substr(0, 8), "400 1075");
  EXPECT_EQ(add(std::string(64, 'w')), "400 1106 String length exceeds maximum [certkeyName]");
  EXPECT_EQ(add("_w #.:@=-w").substr(0, 8), "599 1647");
}

TEST(Certkey, SameNameOrSameCertificateIsAConflict) {
  Box box;
  const Pair pair = make_certificate({});
  EXPECT_EQ(box.add("www", pair), "201");

  EXPECT_EQ(box.add("www", make_certificate({.serial = 2})),
            "409 273 Resource already exists [certkeyName Contents, NAME]");
  EXPECT_EQ(box.add("again", pair), "409 273 Resource already exists [certkeyName Contents, NAME]");
}

TEST(Certkey, OnlyTheFirstCertificateOfAFileCounts) {
  Box box;
  const Pair ca = make_certificate({.common_name = "CA", .serial = 9, .ca = true});
  Pair leaf = make_certificate({.serial = 5, .issuer = &ca});
  leaf.cert += ca.cert;

  EXPECT_EQ(box.add("www", leaf), "201");
  EXPECT_EQ(box.show("sslcertkey/www", "serial"), "05");
  EXPECT_EQ(box.add("ca", ca, false), "201");
}

TEST(Certkey, UpdateReadsTheFilesOfThatMoment) {
  Box box;
  box.add("www", make_certificate({.serial = 1}));
  const Pair renewed = make_certificate({.serial = 2});
  box.upload("www.pem", renewed.cert);

  EXPECT_EQ(box.show("sslcertkey/www", "serial"), "01");
  EXPECT_EQ(brief(box.ask("POST", "sslcertkey?action=update", update_body(""))),
            "599 1538 Certificate and private key do not match");
  EXPECT_EQ(box.show("sslcertkey/www", "serial"), "01");
  box.upload("www.key", renewed.key);
  EXPECT_EQ(brief(box.ask("POST", "sslcertkey/www?action=update", update_body(""))), "200");
  EXPECT_EQ(box.show("sslcertkey/www", "serial"), "02");
}

TEST(Certkey, UpdateIsRefusedAsTheApplianceRefusesIt) {
  Box box;
  box.add("www", make_certificate({.serial = 1}));
  const Pair moved = make_certificate({.common_name = "other.example.com", .serial = 2});
  box.upload("new.pem", moved.cert);
  box.upload("new.key", moved.key);
  const std::string files = R"(,"cert":"new.pem","key":"new.key")";
  const auto update = [&](const std::string& body) { return brief(box.ask("POST", "sslcertkey?action=update", body)); };

  EXPECT_EQ(update(R"({"sslcertkey":{"certkey":"none"}})"), "599 1540 Certificate does not exist");
  EXPECT_EQ(update(update_body(files)),
            "599 3585 Certificate is registered to a different domain; use the 'no domain check' option to force the "
            "operation");
  EXPECT_EQ(update(update_body(files + R"(,"bundle":"YES")")), "599 278 Invalid argument [bundle]");
  EXPECT_EQ(update(update_body(R"(,"nodomaincheck":true,"cert":"gone.pem")")).substr(0, 8), "599 1647");
  EXPECT_EQ(update(update_body(files + R"(,"nodomaincheck":true)")), "200");

  box.ask("PUT", "vpnglobal_sslcertkey_binding", R"({"vpnglobal_sslcertkey_binding":{"certkeyname":"www"}})");
  EXPECT_EQ(update(update_body("")).substr(0, 8), "599 1541");
}

TEST(Certkey, PutIsForTheMonitorOnly) {
  Box box;
  box.add("www", make_certificate({}));

  EXPECT_EQ(brief(box.ask("PUT", "sslcertkey", update_body(R"(,"notificationperiod":"20")"))), "200");
  EXPECT_EQ(box.show("sslcertkey/www", "notificationperiod"), "20");
  EXPECT_EQ(brief(box.ask("PUT", "sslcertkey", update_body(R"(,"cert":"x")"))), "599 278 Invalid argument [cert]");
  EXPECT_EQ(brief(box.ask("PUT", "sslcertkey", update_body(R"(,"notificationperiod":101)"))).substr(0, 8), "400 1108");
  EXPECT_EQ(brief(box.ask("PUT", "sslcertkey", update_body(R"(,"colour":"red")"))),
            "400 1090 No such argument [colour]");
}

TEST(Certkey, DeleteMayTakeTheFilesToo) {
  Box box;
  box.add("www", make_certificate({}));

  EXPECT_EQ(brief(box.ask("DELETE", "sslcertkey/www?args=deletefromdevice:True")),
            "400 1097 Invalid argument value [deletefromdevice]");
  EXPECT_EQ(brief(box.ask("DELETE", "sslcertkey/www?args=deletefromdevice:true")), "200");
  EXPECT_FALSE(box.appliance.file("www.pem"));
  EXPECT_EQ(brief(box.ask("DELETE", "sslcertkey/www")), "599 1540 Certificate does not exist");
  EXPECT_EQ(brief(box.ask("DELETE", "sslcertkey/ns-server-certificate")),
            "599 3719 Cannot delete internal default certificate.");
}

TEST(Certkey, ExpiredCertificateLoadsWithAWarning) {
  Box box;
  const Pair old = make_certificate({.from_days = -9, .to_days = -1});
  box.upload("old.pem", old.cert);

  const Response added =
      box.send("POST", "config/sslcertkey?warning=yes", R"({"sslcertkey":{"certkey":"old","cert":"old.pem"}})",
               {{"X-NITRO-USER", "nsroot"}, {"X-NITRO-PASS", "nsroot-password"}});
  EXPECT_EQ(added.status, 209);
  EXPECT_EQ(*added.header("X-NITRO-WARNING"), "1589 - The certificate has expired");
  EXPECT_EQ(box.show("sslcertkey/old", "status"), "Expired");
}

}  // namespace
}  // namespace sim::test
