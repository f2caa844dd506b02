#include "cli/inventory.h"

#include "unit/cli/estate_of_looks.h"
#include <gtest/gtest.h>

namespace certsync::cli {
namespace {

using namespace test;

const model::Owner kOwner{"prod", {}};

Inventory all() {
  return take_inventory({edge(), dmz(), gone()}, kOwner, kNow);
}

const CertKeyRow& row(const Inventory& inventory, const std::string& appliance, const std::string& name) {
  for (const auto& one : inventory.appliances) {
    for (const auto& certkey : one.certkeys) {
      if (one.name == appliance && certkey.name == name) return certkey;
    }
  }
  static const CertKeyRow kNone;
  ADD_FAILURE() << "no row " << appliance << "/" << name;
  return kNone;
}

std::string names(const Inventory& inventory) {
  std::string text;
  for (const auto& appliance : inventory.appliances) {
    for (const auto& certkey : appliance.certkeys)
      text += appliance.name + "/" + certkey.name + " ";
  }
  return text;
}

TEST(Inventory, SaysWhatIsKnownOfACertkey) {
  const auto inventory = all();
  const auto& www = row(inventory, "edge", "www");

  EXPECT_EQ(www.common_name, "www.example.com");
  EXPECT_EQ(www.dns_names, (std::vector<std::string>{"www.example.com", "example.com"}));
  EXPECT_EQ(www.dns_names_from, "appliance");
  EXPECT_EQ(www.days_left, 40);
  EXPECT_EQ(www.key_type, "RSA");
  EXPECT_EQ(www.links, (std::vector<std::string>{"cs-ca-1"}));
  EXPECT_TRUE(www.chain_complete);
  EXPECT_EQ(www.bound.size(), 2u);
  EXPECT_EQ(www.maker, Maker::Ours);
  EXPECT_EQ(www.same_as, (std::vector<std::string>{"dmz/www-copy"}));
}

TEST(Inventory, OneApplianceThatFailsHidesNoOther) {
  const auto inventory = all();

  EXPECT_FALSE(inventory.complete());
  EXPECT_EQ(inventory.certkeys(), 5u);
  EXPECT_EQ(inventory.appliances[2].reason, "ApplianceUnreachable");
  EXPECT_TRUE(take_inventory({edge()}, kOwner, kNow).complete());
}

TEST(Inventory, TellsWhoMadeIt) {
  const auto inventory = all();

  EXPECT_EQ(row(inventory, "edge", "old").maker, Maker::Person);
  EXPECT_EQ(row(inventory, "edge", "ns-server-certificate").maker, Maker::NetScaler);
  EXPECT_EQ(row(inventory, "dmz", "www-copy").maker, Maker::OtherInstallation);
  EXPECT_EQ(row(take_inventory({dmz()}, std::nullopt, kNow), "dmz", "www-copy").maker, Maker::SomeInstallation);
}

TEST(Inventory, TellsWhatIsMissingOfAChain) {
  const auto inventory = all();

  EXPECT_EQ(row(inventory, "edge", "old").chain_missing, "not linked to cs-ca-1");
  EXPECT_EQ(row(inventory, "dmz", "www-copy").chain_missing, "no certificate of CN=Issuing CA");
  EXPECT_TRUE(row(inventory, "edge", "ns-server-certificate").chain_complete) << "it signed itself";
}

TEST(Inventory, AChainThatLeadsInACircleEnds) {
  Look look;
  look.appliance = "edge";
  auto a = certkey("a", "a", "b", "1", 10);
  a.link = "b";
  auto b = certkey("b", "b", "a", "2", 10);
  b.link = "a";
  put(look, a);
  put(look, b);

  EXPECT_LE(row(take_inventory({look}, kOwner, kNow), "edge", "a").links.size(), 16u);
}

struct Probe {
  const char* name;
  bool reached;
  std::string serial;
  Served wanted;
};

class ServedThere : public testing::TestWithParam<Probe> {};

TEST_P(ServedThere, IsJudgedBySerialAndIssuer) {
  Look look = edge();
  look.endpoints.resize(1);
  look.endpoints[0].result.reached = GetParam().reached;
  auto leaf = std::make_shared<model::Certificate>();
  leaf->serial = GetParam().serial;
  leaf->issuer = "CN=Issuing CA";
  look.endpoints[0].result.leaf = GetParam().serial.empty() ? nullptr : leaf;

  EXPECT_EQ(row(take_inventory({look}, kOwner, kNow), "edge", "www").served_at_all(), GetParam().wanted);
}

INSTANTIATE_TEST_SUITE_P(All, ServedThere,
                         testing::Values(Probe{"Same", true, "1A", Served::Yes}, Probe{"Other", true, "9F", Served::No},
                                         Probe{"Unreadable", true, "", Served::No},
                                         Probe{"Lost", false, "", Served::Unreachable}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Inventory, TheWorstEndpointCounts) {
  EXPECT_EQ(row(all(), "edge", "www").served_at_all(), Served::Unreachable);
  EXPECT_EQ(row(all(), "edge", "old").served_at_all(), Served::NotLooked);
}

TEST(Inventory, NamesComeFromTheFileOrTheEndpointWhereTheApplianceTellsNone) {
  Look look = edge();
  look.endpoints.resize(1);
  look.state.certkeys["www"].dns_names.clear();
  auto leaf = std::make_shared<model::Certificate>(*look.endpoints[0].result.leaf);
  leaf->dns_names = {"from.endpoint"};
  look.endpoints[0].result.leaf = leaf;
  EXPECT_EQ(row(take_inventory({look}, kOwner, kNow), "edge", "www").dns_names_from, "endpoint");

  look.names_from_files["www"] = {"from.file"};
  const auto inventory = take_inventory({look}, kOwner, kNow);
  EXPECT_EQ(row(inventory, "edge", "www").dns_names, (std::vector<std::string>{"from.file"}));
  EXPECT_EQ(row(inventory, "edge", "www").dns_names_from, "file");
}

struct Choice {
  const char* name;
  Filter filter;
  const char* rows;
};

class Filtered : public testing::TestWithParam<Choice> {};

TEST_P(Filtered, ShowsTheseRows) {
  EXPECT_EQ(names(filtered(all(), GetParam().filter, kNow)), GetParam().rows);
}

INSTANTIATE_TEST_SUITE_P(
    All, Filtered,
    testing::Values(Choice{"Usual", {}, "edge/cs-ca-1 edge/old edge/www dmz/www-copy "},
                    Choice{"BuiltIn",
                           {.built_in = true},
                           "edge/cs-ca-1 edge/ns-server-certificate edge/old edge/www dmz/www-copy "},
                    Choice{"Soon", {.expiring_within = std::chrono::days(30)}, "edge/old "},
                    Choice{"Unbound", {.unbound = true}, "edge/cs-ca-1 edge/old dmz/www-copy "},
                    Choice{"Managed", {.managed = true}, "edge/cs-ca-1 edge/www "},
                    Choice{"NotManaged", {.managed = false}, "edge/old dmz/www-copy "},
                    Choice{"Glob", {.name = "www*"}, "edge/www dmz/www-copy "},
                    Choice{"Nothing", {.expiring_within = std::chrono::days(30), .managed = true}, ""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Inventory, IsSortedByEndWhereThatIsWanted) {
  auto inventory = filtered(all(), {}, kNow);

  sort(inventory, Sort::Expiry);

  EXPECT_EQ(names(inventory), "edge/old edge/www edge/cs-ca-1 dmz/www-copy ");
}

}  // namespace
}  // namespace certsync::cli
