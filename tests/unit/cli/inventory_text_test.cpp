#include "cli/inventory_text.h"

#include <algorithm>
#include <sstream>

#include "unit/cli/estate_of_looks.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace certsync::cli {
namespace {

using namespace test;

Inventory shown() {
  return filtered(take_inventory({edge(), dmz(), gone()}, model::Owner{"prod", {}}, kNow), {}, kNow);
}

TEST(InventoryText, AsATable) {
  EXPECT_EQ(
      to_text(shown(), Output::Table, {}),
      R"(APPLIANCE  CERTKEY               NAME             EXPIRES     DAYS  BOUND                       SERVED       OWNER
edge       cs-ca-1               Issuing CA       2029-07-03  900   -                           -            ours
edge       old                   old.example.com  2027-01-25  10    -                           -            -
edge       www                   www.example.com  2027-02-24  40    vs_shop:sni,vs_www:default  unreachable  ours
dmz        www-copy              www.example.com  2027-02-24  40    -                           -            other other
gone       ApplianceUnreachable  -                -           -     -                           -            -

gone: ApplianceUnreachable: login: no answer within 30s
)");
}

TEST(InventoryText, FitsATerminal) {
  const auto text = to_text(shown(), Output::Table, {80, false});

  std::istringstream table(text.substr(0, text.find("\n\n")));
  int lines = 0;
  for (std::string line; std::getline(table, line); ++lines) {
    const auto characters =
        std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    EXPECT_LE(characters, 80) << line;
  }
  EXPECT_EQ(lines, 6);
}

TEST(InventoryText, UrgencyHasAColour) {
  const auto text = to_text(shown(), Output::Table, {0, true});

  EXPECT_NE(text.find("\x1b[31m2027-01-25\x1b[0m"), std::string::npos) << text;
  EXPECT_NE(text.find("\x1b[32m2027-02-24\x1b[0m"), std::string::npos) << text;
}

TEST(InventoryText, Wide) {
  const auto text = to_text(shown(), Output::Wide, {});

  EXPECT_NE(text.find("NAMES"), std::string::npos);
  EXPECT_NE(
      text.find("www.example.com,example.com  CN=Issuing CA  1A      RSA 2048  sha256WithRSAEncryption  complete"),
      std::string::npos)
      << text;
}

TEST(InventoryText, AsCsv) {
  EXPECT_EQ(
      to_text(shown(), Output::Csv, {}),
      "appliance,reason,certkey,subject,issuer,serial,dns_names,not_before,not_after,days_left,key_type,key_bits,"
      "signature,"
      "chain_missing,bound,served,owner,managed,same_as\r\n"
      "edge,,cs-ca-1,CN=Issuing CA,CN=Root CA,2B,,2029-04-04T08:00:00Z,2029-07-03T08:00:00Z,900,RSA,2048,"
      "sha256WithRSAEncryption,,,-,prod,true,\r\n"
      "edge,,old,CN=old.example.com,CN=Issuing CA,3C,,2026-10-27T08:00:00Z,2027-01-25T08:00:00Z,10,RSA,2048,"
      "sha256WithRSAEncryption,not linked to cs-ca-1,,-,,false,\r\n"
      "edge,,www,CN=www.example.com,CN=Issuing CA,1A,www.example.com example.com,2026-11-26T08:00:00Z,"
      "2027-02-24T08:00:00Z,40,RSA,2048,sha256WithRSAEncryption,,vs_shop:sni vs_www:default,unreachable,prod,true,"
      "dmz/www-copy\r\n"
      "dmz,,www-copy,CN=www.example.com,CN=Issuing CA,1A,,2026-11-26T08:00:00Z,2027-02-24T08:00:00Z,40,RSA,2048,"
      "sha256WithRSAEncryption,no certificate of CN=Issuing CA,,-,other,false,edge/www\r\n"
      "gone,ApplianceUnreachable,,,,,,,,,,,,,,,,,\r\n");
}

TEST(InventoryText, CsvQuotesAndStartsNoFormula) {
  Look look = dmz();
  auto evil = certkey("=1+1", "a,\"b\"", "x", "1", 10);
  look.state.certkeys.clear();
  put(look, evil);

  const auto text = to_text(take_inventory({look}, std::nullopt, kNow), Output::Csv, {});

  EXPECT_NE(text.find("dmz,,'=1+1,\"CN=a,\"\"b\"\"\",CN=x,"), std::string::npos) << text;
}

TEST(InventoryText, AsJson) {
  const auto document = nlohmann::json::parse(to_text(shown(), Output::Json, {}));

  const auto& edge = document["appliances"][0];
  EXPECT_EQ(edge["name"], "edge");
  EXPECT_EQ(edge["haState"], "Primary");
  EXPECT_EQ(edge["certKeys"][2], nlohmann::json::parse(R"({
    "name": "www", "subject": "CN=www.example.com", "issuer": "CN=Issuing CA", "serial": "1A",
    "dnsNames": ["www.example.com", "example.com"], "dnsNamesFrom": "appliance",
    "notBefore": "2026-11-26T08:00:00Z", "notAfter": "2027-02-24T08:00:00Z", "daysLeft": 40,
    "keyType": "RSA", "keyBits": 2048, "signature": "sha256WithRSAEncryption",
    "chain": {"complete": true, "links": ["cs-ca-1"]},
    "bound": [{"target": "vs_shop", "role": "sni"}, {"target": "vs_www", "role": "default"}],
    "served": [{"virtualServer": "vs_www", "endpoint": "192.0.2.20:443", "served": "yes"},
               {"virtualServer": "vs_shop", "endpoint": "192.0.2.21:443/www.example.com", "served": "unreachable",
                "message": "no answer within 5s"}],
    "owner": "prod", "managed": true, "builtIn": false, "sameAs": ["dmz/www-copy"]})"));
  EXPECT_EQ(document["appliances"][2]["reachable"], false);
  EXPECT_EQ(document["appliances"][2]["reason"], "ApplianceUnreachable");
}

TEST(InventoryText, JsonIsUtf8WhateverAnApplianceSays) {
  Look look = dmz();
  look.state.certkeys.clear();
  put(look, certkey("a", "\xff\xfe", "x", "1", 10));

  EXPECT_TRUE(nlohmann::json::accept(to_text(take_inventory({look}, std::nullopt, kNow), Output::Json, {})));
}

}  // namespace
}  // namespace certsync::cli
