// From specs and Secrets to what one appliance should hold, before anybody looked at it.
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "model/naming.h"
#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using support::PlanWorld;

TEST(Desired, CertkeyNamesOfTheApplianceItselfAreRefused) {
  PlanWorld world;
  world.sync("www").holds("A1").object().spec.certkey.name = "ns-server-certificate";

  EXPECT_EQ(world.problems(), "www: NameRefused\n");
  EXPECT_EQ(world.plan(), "");
}

TEST(Desired, NameThatCannotBeFilledIsSaid) {
  PlanWorld world;
  world.sync("www").holds("A1").object().spec.certkey.name = "{{color}}";

  EXPECT_EQ(world.problems(), "www: SpecInvalid\n");
}

TEST(Desired, DefaultNameIsNamespaceAndSecret) {
  PlanWorld world;
  world.sync("team/www").holds("A1", "www-tls").object().spec.certkey = {};

  ASSERT_EQ(world.diff().certkeys.size(), 1U);
  EXPECT_EQ(world.diff().certkeys.front().name, "team_www-tls");
}

TEST(Desired, WithFilesAsTheSourceTheResourceStandsForTheSecret) {
  PlanWorld world;
  auto& spec = world.sync("team/www").holds("A1", "ignored").object().spec;
  spec.certkey = {};
  spec.source.files = model::FileSource{"fullchain.pem", "privkey.pem"};

  EXPECT_EQ(world.diff().certkeys.front().name, "team_www");
}

TEST(Desired, FilesCarryOwnerResourceAndContent) {
  PlanWorld world;
  world.sync("team/www").holds("A1");
  const auto made = world.diff();
  const auto& certkey = made.certkeys.front();

  const auto cert = model::parse_file_name(certkey.cert_file).value();
  const auto key = model::parse_file_name(certkey.key_file).value();

  EXPECT_EQ(cert.owner, "own");
  EXPECT_EQ(cert.resource, model::resource_mark({"team", "www"}));
  EXPECT_EQ(cert.content, world.cert("A1").sha256.substr(0, 24));
  EXPECT_EQ(cert.kind, model::FileKind::Certificate);
  EXPECT_EQ(key.content, cert.content);
  EXPECT_EQ(key.kind, model::FileKind::Key);
}

TEST(Desired, RepairsAndMissingIssuersAreSaid) {
  DesiredInput input;
  const auto sync = std::make_shared<model::CertSync>();
  PlanWorld world;
  auto chain = std::make_shared<model::CertificateChain>();
  chain->leaf = std::make_shared<model::Certificate>(world.cert("A1"));
  chain->repairs = {"root left out", "order corrected"};
  chain->missing_issuer = "CN=Nowhere";
  sync->meta.ref = {"web", "www"};
  input.owner.mark = "own";
  input.access.open_to_all = true;
  input.now = world.input.now;
  input.syncs.push_back({sync, {{{"web", "www-tls"}, ChainPtr(chain)}}, {}, {}});

  const auto wanted = desired(input);

  ASSERT_EQ(wanted.notices.size(), 2U);
  EXPECT_EQ(wanted.notices[0].reason, "ChainRepaired");
  EXPECT_EQ(wanted.notices[0].note, "web_www-tls: root left out; order corrected");
  EXPECT_FALSE(wanted.notices[0].warning);
  EXPECT_EQ(wanted.notices[1].reason, "ChainIncomplete");
  EXPECT_NE(wanted.notices[1].note.find("CN=Nowhere"), std::string::npos);
  EXPECT_EQ(wanted.certkeys.size(), 1U);

  sync->spec.chain = model::ChainPolicy::Omit;
  EXPECT_EQ(desired(input).notices.size(), 1U);
}

TEST(Desired, BindingKeyIsServerAndRole) {
  EXPECT_EQ(binding_key("vs_www", model::Role::Default), "vs_www:default");
  EXPECT_EQ(binding_key("vs_www", model::Role::Sni), "vs_www:sni");
}

TEST(Desired, CertificateThatIsNotValidYetWaitsUntilThen) {
  DesiredInput input;
  PlanWorld world;
  const auto from = *from_rfc3339("2026-03-01T00:00:00Z");
  for (const auto& late : {std::chrono::hours(24), std::chrono::hours(0)}) {
    auto leaf = std::make_shared<model::Certificate>(world.cert("A1"));
    leaf->not_before = from + late;
    auto chain = std::make_shared<model::CertificateChain>();
    chain->leaf = leaf;
    input.syncs.push_back({std::make_shared<model::CertSync>(), {{{"web", "www"}, ChainPtr(chain)}}, {}, {}});
  }
  input.access.open_to_all = true;
  input.now = *from_rfc3339("2026-02-01T00:00:00Z");

  const auto wanted = desired(input);

  EXPECT_TRUE(wanted.certkeys.empty());
  ASSERT_EQ(wanted.problems.size(), 2U);
  EXPECT_EQ(wanted.problems[0].error.reason, Reason::NotYetValid);
  EXPECT_EQ(wanted.problems[0].error.kind, ErrorKind::Wait);
  EXPECT_EQ(wanted.look_again, from);
}

struct Moment {
  const char* name;
  const char* now;
  bool temporary;
  std::optional<Reason> refused;
};

class Assess : public testing::TestWithParam<Moment> {};

TEST_P(Assess, SaysWhetherItMayBeDeployed) {
  model::CertificateChain chain;
  auto leaf = std::make_shared<model::Certificate>();
  leaf->not_before = *from_rfc3339("2026-01-01T00:00:00Z");
  leaf->not_after = *from_rfc3339("2026-04-01T00:00:00Z");
  chain.leaf = leaf;
  chain.temporary = GetParam().temporary;

  const auto usable = assess(chain, *from_rfc3339(GetParam().now));

  ASSERT_EQ(usable.has_value(), !GetParam().refused);
  if (!usable) {
    EXPECT_EQ(usable.error().reason, *GetParam().refused);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Desired, Assess,
    testing::Values(Moment{"Before", "2025-12-31T23:59:59Z", false, Reason::NotYetValid},
                    Moment{"FirstSecond", "2026-01-01T00:00:00Z", false, {}},
                    Moment{"LastSecond", "2026-03-31T23:59:59Z", false, {}},
                    Moment{"Expired", "2026-04-01T00:00:00Z", false, Reason::SecretInvalid},
                    Moment{"Temporary", "2026-02-01T00:00:00Z", true, Reason::TemporaryCertificate},
                    Moment{"TemporaryAndExpired", "2026-04-01T00:00:00Z", true, Reason::TemporaryCertificate}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace certsync::plan
