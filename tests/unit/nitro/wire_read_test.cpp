// Answers as plain data, however this build of NITRO spells them.
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "nitro/wire.h"

namespace certsync::nitro {
namespace {

constexpr const char* kMarked = "cs-own-00112233445566770011223344556677889900aa";

model::InstalledCertKey certkey(const std::string& members) {
  const auto list = read_certkeys(R"({"errorcode":0,"sslcertkey":[{"certkey":"www")" + members + "}]}");
  return list && list->count("www") == 1 ? list->at("www") : model::InstalledCertKey{};
}

std::string time_text(const std::optional<TimePoint>& time) {
  return time ? to_rfc3339(*time) : "none";
}

TEST(ReadCertkeys, WholeEntry) {
  const auto one = certkey(
      R"(,"cert":"/nsconfig/ssl/w.pem","key":"w.key","serial":"00:0a:Ff","issuer":" C=US,CN=CA","subject":" CN=www",)"
      R"("sandns":"www.example.com, shop.example.com","signaturealg":"sha256WithRSAEncryption",)"
      R"("publickey":"rsaEncryption","publickeysize":2048,"clientcertnotbefore":"May  7 07:21:16 2021 GMT",)"
      R"("clientcertnotafter":"Dec 17 07:21:16 2031 GMT","linkcertkeyname":"ca","expirymonitor":"ENABLED",)"
      R"("notificationperiod":30)");

  EXPECT_EQ(one.cert_file + " " + one.key_file, "w.pem w.key");
  EXPECT_EQ(one.serial, "AFF");
  EXPECT_EQ(one.issuer + "|" + one.subject, "C=US,CN=CA|CN=www");
  EXPECT_EQ(one.dns_names, (std::vector<std::string>{"www.example.com", "shop.example.com"}));
  EXPECT_EQ(one.signature_algorithm + " " + one.public_key, "sha256WithRSAEncryption rsaEncryption");
  EXPECT_EQ(one.key_bits, 2048);
  EXPECT_EQ(time_text(one.not_before), "2021-05-07T07:21:16Z");
  EXPECT_EQ(time_text(one.not_after), "2031-12-17T07:21:16Z");
  EXPECT_EQ(one.link, "ca");
  EXPECT_EQ(one.expiry_monitor, true);
  EXPECT_EQ(one.notification_period_days, 30);
}

TEST(ReadCertkeys, NumbersMayBeStrings) {
  const auto one = certkey(R"(,"publickeysize":"4096","notificationperiod":"14","serial":17)");

  EXPECT_EQ(one.key_bits, 4096);
  EXPECT_EQ(one.notification_period_days, 14);
  EXPECT_EQ(one.serial, "17");
}

TEST(ReadCertkeys, MembersMayBeAbsent) {
  const auto one = certkey("");

  EXPECT_EQ(one.name, "www");
  EXPECT_EQ(one.cert_file + one.key_file + one.issuer + one.link, "");
  EXPECT_TRUE(one.dns_names.empty());
  EXPECT_EQ(one.key_bits, 0);
  EXPECT_EQ(time_text(one.not_after), "none");
  EXPECT_FALSE(one.expiry_monitor.has_value());
  EXPECT_FALSE(one.notification_period_days.has_value());
}

TEST(ReadCertkeys, MembersOfAnotherTypeCountAsAbsent) {
  const auto one = certkey(R"(,"cert":null,"key":["x"],"publickeysize":"big","notificationperiod":{},"issuer":1.5)");

  EXPECT_EQ(one.name, "www");
  EXPECT_EQ(one.cert_file + one.key_file + one.issuer, "");
  EXPECT_EQ(one.key_bits, 0);
  EXPECT_FALSE(one.notification_period_days.has_value());
}

struct TextCase {
  const char* name;
  const char* text;
  const char* expected;
};

class CertkeyTime : public testing::TestWithParam<TextCase> {};

TEST_P(CertkeyTime, IsRead) {
  EXPECT_EQ(time_text(certkey(std::string(R"(,"clientcertnotafter":")") + GetParam().text + "\"").not_after),
            GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Wire, CertkeyTime,
                         testing::Values(TextCase{"PaddedDay", "Jan  1 00:00:00 2030 GMT", "2030-01-01T00:00:00Z"},
                                         TextCase{"TwoDigits", "Oct 31 23:59:59 2049 GMT", "2049-10-31T23:59:59Z"},
                                         TextCase{"NoZone", "Feb 28 01:02:03 2027", "2027-02-28T01:02:03Z"},
                                         TextCase{"NoMonth", "Foo 28 01:02:03 2027 GMT", "none"},
                                         TextCase{"AcrossMonths", "anF 28 01:02:03 2027 GMT", "none"},
                                         TextCase{"NoSuchDay", "Feb 30 01:02:03 2027 GMT", "none"},
                                         TextCase{"Half", "Feb 28", "none"}, TextCase{"Empty", "", "none"}),
                         [](const auto& row) { return row.param.name; });

class CertkeyFile : public testing::TestWithParam<TextCase> {};

TEST_P(CertkeyFile, IsBareBelowTheFolder) {
  EXPECT_EQ(certkey(std::string(R"(,"cert":")") + GetParam().text + "\"").cert_file, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Wire, CertkeyFile,
                         testing::Values(TextCase{"Bare", "w.pem", "w.pem"},
                                         TextCase{"Folder", "/nsconfig/ssl/w.pem", "w.pem"},
                                         TextCase{"EscapedSlashes", "\\/nsconfig\\/ssl\\/w.pem", "w.pem"},
                                         TextCase{"DoubleSlash", "/nsconfig/ssl//w.pem", "w.pem"},
                                         TextCase{"Flash", "/flash/nsconfig/ssl/w.pem", "w.pem"},
                                         TextCase{"Subfolder", "/nsconfig/ssl/a/w.pem", "/nsconfig/ssl/a/w.pem"},
                                         TextCase{"Elsewhere", "/var/w.pem", "/var/w.pem"}),
                         [](const auto& row) { return row.param.name; });

struct CountCase {
  const char* name;
  const char* body;
  int count;  // -1: refused
};

class CertkeyList : public testing::TestWithParam<CountCase> {};

TEST_P(CertkeyList, MayBeAnyOfThese) {
  const auto list = read_certkeys(GetParam().body);

  EXPECT_EQ(list ? static_cast<int>(list->size()) : -1, GetParam().count);
  if (!list) {
    EXPECT_EQ(list.error().kind, ErrorKind::Retry);
    EXPECT_EQ(list.error().reason, Reason::NitroError);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Wire, CertkeyList,
    testing::Values(CountCase{"Absent", R"({"errorcode":0,"message":"Done"})", 0},
                    CountCase{"Empty", R"({"sslcertkey":[]})", 0}, CountCase{"Null", R"({"sslcertkey":null})", 0},
                    CountCase{"Object", R"({"sslcertkey":{"certkey":"a"}})", 1},
                    CountCase{"Two", R"({"sslcertkey":[{"certkey":"a"},{"certkey":"b"}]})", 2},
                    CountCase{"Nameless", R"({"sslcertkey":[{"cert":"a"},{"certkey":""}]})", 0},
                    CountCase{"OtherElements", R"({"sslcertkey":[1,"x",null,[{"certkey":"a"}],{"certkey":"b"}]})", 1},
                    CountCase{"OtherResource", R"({"sslvserver":[{"certkey":"a"}]})", 0},
                    CountCase{"List", R"([{"certkey":"a"}])", -1}, CountCase{"NoJson", "<html>", -1},
                    CountCase{"Half", R"({"sslcertkey":[{"certkey":"a"})", -1}, CountCase{"NoBody", "", -1}),
    [](const auto& row) { return row.param.name; });

TEST(ReadBindings, FlagsMayBeBooleansOrWords) {
  const auto bindings = read_bindings(R"({"sslvserver_sslcertkey_binding":[)"
                                      R"({"vservername":"a","certkeyname":"w","snicert":true,"ca":false},)"
                                      R"({"vservername":"b","certkeyname":"w","snicert":"true"},)"
                                      R"({"vservername":"c","certkeyname":"w"},)"
                                      R"({"vservername":"d","certkeyname":"w","ca":"YES","snicert":"false"}]})");

  ASSERT_TRUE(bindings.has_value());
  EXPECT_EQ(*bindings,
            (std::set<model::InstalledBinding>{
                {"a", "w", true, false}, {"b", "w", true, false}, {"c", "w", false, false}, {"d", "w", false, true}}));
  EXPECT_TRUE(read_bindings(R"({"errorcode":0})")->empty());
  EXPECT_FALSE(read_bindings("[]").has_value());
}

TEST(ReadVirtualServers, SniIsEnabledOrNot) {
  const auto servers = read_virtual_servers(
      R"({"sslvserver":[{"vservername":"a b","snienable":"ENABLED"},{"vservername":"c","snienable":"DISABLED"},)"
      R"({"vservername":"d"}]})");

  ASSERT_TRUE(servers.has_value());
  ASSERT_EQ(servers->size(), 3u);
  EXPECT_TRUE(servers->at("a b").sni_enabled);
  EXPECT_FALSE(servers->at("c").sni_enabled);
  EXPECT_FALSE(servers->at("d").sni_enabled);
}

TEST(ReadFiles, OnlyMarkedOnes) {
  const std::string marked = kMarked;
  const auto files = read_files(R"({"systemfile":[{"filename":")" + marked + R"(.pem","filesize":"1234"},)" +
                                R"({"filename":")" + marked + R"(.key","filesize":1704},)" +
                                R"({"filename":"www.pem","filesize":"9"},{"filename":"cs-own-1.pem","filesize":"9"},)" +
                                R"({"filename":")" + marked + R"(.txt"},{"filemode":["DIRECTORY"]}]})");

  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(*files, (std::map<std::string, std::int64_t>{{marked + ".pem", 1234}, {marked + ".key", 1704}}));
}

TEST(ReadFiles, UnknownSizeIsNone) {
  const std::string marked = kMarked;
  const auto files = read_files(R"({"systemfile":{"filename":")" + marked + R"(.pem","filesize":"many"}})");

  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(files->at(marked + ".pem"), -1);
}

class Address : public testing::TestWithParam<TextCase> {};

TEST_P(Address, IsReadWhereThereIsOne) {
  std::map<std::string, std::string> addresses;

  ASSERT_TRUE(
      read_addresses(std::string(R"({"lbvserver":[{"name":"vs",)") + GetParam().text + "}]}", "lbvserver", addresses)
          .has_value());
  EXPECT_EQ(addresses.count("vs") == 0 ? "none" : addresses["vs"], GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Wire, Address,
                         testing::Values(TextCase{"Numbers", R"("ipv46":"192.0.2.1","port":443)", "192.0.2.1:443"},
                                         TextCase{"Strings", R"("ipv46":"192.0.2.1","port":"8443")", "192.0.2.1:8443"},
                                         TextCase{"Ipv6", R"("ipv46":"2001:db8::1","port":443)", "[2001:db8::1]:443"},
                                         TextCase{"NotAddressable", R"("ipv46":"0.0.0.0","port":0)", "none"},
                                         TextCase{"ZeroAddressWithPort", R"("ipv46":"0.0.0.0","port":443)", "none"},
                                         TextCase{"Ipv6Unspecified", R"("ipv46":"::","port":443)", "none"},
                                         TextCase{"AnyPort", R"("ipv46":"192.0.2.1","port":65535)", "none"},
                                         TextCase{"LastPort", R"("ipv46":"192.0.2.1","port":65534)", "192.0.2.1:65534"},
                                         TextCase{"NoPort", R"("ipv46":"192.0.2.1")", "none"},
                                         TextCase{"NoAddress", R"("port":443)", "none"},
                                         TextCase{"EmptyAddress", R"("ipv46":"","port":443)", "none"}),
                         [](const auto& row) { return row.param.name; });

TEST(ReadAddresses, AddsToWhatIsThere) {
  std::map<std::string, std::string> addresses = {{"old", "192.0.2.9:443"}};

  ASSERT_TRUE(read_addresses(R"({"csvserver":{"name":"cs","ipv46":"192.0.2.1","port":1}})", "csvserver", addresses));
  ASSERT_TRUE(read_addresses(R"({"errorcode":0})", "lbvserver", addresses));
  EXPECT_FALSE(read_addresses("no", "lbvserver", addresses).has_value());

  EXPECT_EQ(addresses, (std::map<std::string, std::string>{{"cs", "192.0.2.1:1"}, {"old", "192.0.2.9:443"}}));
}

struct ChangedCase {
  const char* name;
  const char* body;
  bool changed;
};

class ConfigChanged : public testing::TestWithParam<ChangedCase> {};

TEST_P(ConfigChanged, IsRead) {
  EXPECT_EQ(read_config_changed(GetParam().body).value(), GetParam().changed);
}

INSTANTIATE_TEST_SUITE_P(Wire, ConfigChanged,
                         testing::Values(ChangedCase{"ObjectTrue", R"({"nsconfig":{"configchanged":true}})", true},
                                         ChangedCase{"ObjectFalse", R"({"nsconfig":{"configchanged":false}})", false},
                                         ChangedCase{"ListTrue", R"({"nsconfig":[{"configchanged":true}]})", true},
                                         ChangedCase{"ListFalse", R"({"nsconfig":[{"configchanged":false}]})", false},
                                         ChangedCase{"Word", R"({"nsconfig":{"configchanged":"TRUE"}})", true},
                                         ChangedCase{"NoMember", R"({"nsconfig":{}})", false},
                                         ChangedCase{"Nothing", "{}", false}),
                         [](const auto& row) { return row.param.name; });

class Version : public testing::TestWithParam<TextCase> {};

TEST_P(Version, IsForPeople) {
  EXPECT_EQ(read_version(std::string(R"({"nsversion":{"version":")") + GetParam().text + "\"}}").value(),
            GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Wire, Version,
                         testing::Values(TextCase{"NetScaler",
                                                  "NetScaler NS13.0: Build 79.1002.nc, Date: Feb 11 2021, 10:31:36",
                                                  "13.0-79.1002"},
                                         TextCase{"NoDate", "NetScaler NS14.1: Build 43.50.nc", "14.1-43.50"},
                                         TextCase{"NoSuffix", "NetScaler NS14.1: Build 43.50, Date: x", "14.1-43.50"},
                                         TextCase{"LowerCaseProduct", "NS12.1: Build 55.18.nc", "12.1-55.18"},
                                         TextCase{"SomethingElse", "Freeware 7", "Freeware 7"},
                                         TextCase{"Empty", "", ""}),
                         [](const auto& row) { return row.param.name; });

TEST(ReadVersion, ListOrNothing) {
  EXPECT_EQ(read_version(R"({"nsversion":[{"version":"NetScaler NS14.1: Build 1.2.nc, D"}]})").value(), "14.1-1.2");
  EXPECT_EQ(read_version("{}").value(), "");
  EXPECT_EQ(read_version(R"({"nsversion":{"version":")" + std::string(500, 'x') + R"("}})")->size(), 63u);
}

TEST(ReadFile, ContentIsDecoded) {
  EXPECT_EQ(read_file_content(R"({"systemfile":[{"filename":"a","filecontent":"UEVNCg=="}]})").value(), "PEM\n");
  EXPECT_EQ(read_file_content(R"({"systemfile":{"filecontent":"UEVN\r\nCg=="}})").value(), "PEM\n");
  for (const char* body : {"{}", R"({"systemfile":[]})", R"({"systemfile":[{"filename":"a"}]})",
                           R"({"systemfile":[{"filecontent":"***"}]})", R"({"systemfile":[{"filecontent":""}]})"}) {
    const auto content = read_file_content(body);
    ASSERT_FALSE(content.has_value()) << body;
    EXPECT_EQ(content.error().kind, ErrorKind::Gone) << body;
  }
  EXPECT_EQ(read_file_content("<html>").error().kind, ErrorKind::Retry);
}

TEST(ReadWhereUsed, NamesKindAndName) {
  EXPECT_EQ(read_where_used(R"({"sslcertkey_binding":[{"certkey":"www",)"
                            R"("sslcertkey_sslvserver_binding":[{"servername":"vs"},{"servername":"v 2"}],)"
                            R"("sslcertkey_service_binding":[{"servicename":"svc"}],)"
                            R"("sslcertkey_vpnglobal_binding":[{}]}]})"),
            "service svc, sslvserver vs, sslvserver v 2, vpnglobal");
  EXPECT_EQ(read_where_used(R"({"sslcertkey_binding":[{"certkey":"www"}]})"), "");
  EXPECT_EQ(read_where_used("<html>"), "");
}

}  // namespace
}  // namespace certsync::nitro
