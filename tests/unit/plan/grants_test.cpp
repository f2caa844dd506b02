// No grant, no write: what a grant allows, what a resource without one leaves as it is, and what it is told.
#include "plan/grants.h"

#include <gtest/gtest.h>

#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using model::DeletionPolicy;
using model::GrantFrom;
using model::Role;
using support::PlanWorld;

struct GlobRow {
  const char* name;
  const char* glob;
  const char* text;
  bool matches;
};

void PrintTo(const GlobRow& row, std::ostream* out) {
  *out << row.glob << " and " << row.text;
}

class Glob : public testing::TestWithParam<GlobRow> {};

TEST_P(Glob, SpeaksOfTheWholeName) {
  EXPECT_EQ(glob_matches(GetParam().glob, GetParam().text), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    Grants, Glob,
    testing::Values(GlobRow{"Literal", "vs_www", "vs_www", true}, GlobRow{"NoPrefix", "vs_www", "vs_www2", false},
                    GlobRow{"NoSuffix", "www", "vs_www", false}, GlobRow{"CaseMatters", "vs_www", "VS_WWW", false},
                    GlobRow{"Star", "vs_*", "vs_www", true}, GlobRow{"StarIsAlsoNothing", "vs_*", "vs_", true},
                    GlobRow{"StarInTheMiddle", "vs_*_tls", "vs_a_tls_b_tls", true},
                    GlobRow{"StarThatEndsWrong", "vs_*_tls", "vs_a_tls_b", false},
                    GlobRow{"TwoStars", "*team*", "vs_team_a", true}, GlobRow{"OneCharacter", "vs_?", "vs_a", true},
                    GlobRow{"NotNone", "vs_?", "vs_", false}, GlobRow{"NotTwo", "vs_?", "vs_ab", false},
                    GlobRow{"BracketsAreLetters", "vs_[a]", "vs_a", false}, GlobRow{"EmptyGlob", "", "vs_a", false},
                    GlobRow{"EveryName", "*", "vs a", true}),
    [](const auto& row) { return row.param.name; });

model::Grant grant(GrantFrom from, std::vector<std::string> targets = {}) {
  model::Grant made;
  made.from = from;
  made.targets = std::move(targets);
  made.roles = {Role::Default, Role::Sni};
  return made;
}

model::Grant grant_to(const std::string& space, std::vector<std::string> targets = {}) {
  auto made = grant(GrantFrom::Names, std::move(targets));
  made.names = {space};
  return made;
}

TEST(Grants, NobodyMayAnythingWithoutOne) {
  const Access access;

  EXPECT_FALSE(Permit(access, "web").anything());
  EXPECT_FALSE(Permit(access, "web").binding("vs_www", Role::Default));
}

TEST(Grants, OpenToAllIsEverything) {
  const Access access{true, {}, {}};

  EXPECT_TRUE(Permit(access, "web").binding("vs_www", Role::Default));
}

TEST(Grants, NamesAreOfNamespaces) {
  const Access access{false, {grant_to("web", {"vs_*"})}, {}};

  EXPECT_TRUE(Permit(access, "web").binding("vs_www", Role::Sni));
  EXPECT_FALSE(Permit(access, "web2").anything());
}

TEST(Grants, ASelectorFindsNamespacesByTheirLabels) {
  auto selecting = grant(GrantFrom::Selector);
  selecting.selector.match_labels = {{"team", "a"}};
  const Access access{false, {selecting}, {{"web", {{"team", "a"}}}, {"shop", {{"team", "b"}}}}};

  EXPECT_TRUE(Permit(access, "web").anything());
  EXPECT_FALSE(Permit(access, "shop").anything());
}

TEST(Grants, AnUnknownNamespaceIsFoundByNoSelector) {
  auto negative = grant(GrantFrom::Selector);
  negative.selector.match_expressions = {{"team", model::LabelOperator::DoesNotExist, {}}};
  const Access access{false, {grant(GrantFrom::Selector), negative}, {{"web", {}}}};

  EXPECT_TRUE(Permit(access, "web").anything());
  EXPECT_FALSE(Permit(access, "elsewhere").anything());
}

TEST(Grants, TargetAndRoleMustBeOfOneGrant) {
  auto sni = grant_to("web", {"vs_a"});
  sni.roles = {Role::Sni};
  auto other = grant_to("web", {"vs_b"});
  other.roles = {Role::Default};
  const Access access{false, {sni, other}, {}};
  const Permit permit(access, "web");

  EXPECT_TRUE(permit.binding("vs_a", Role::Sni));
  EXPECT_FALSE(permit.binding("vs_a", Role::Default));
  EXPECT_TRUE(permit.binding("vs_b", Role::Default));
}

// www on vs_www and another resource; the grants change.
class Granted : public testing::Test {
 protected:
  void SetUp() override {
    world_.server("vs_www");
    world_.server("vs_other");
    world_.sync("www").holds("A1 < I1").binds({"vs_www"});
  }
  void only(std::vector<model::Grant> grants) { world_.input.access = {false, std::move(grants), {}}; }

  PlanWorld world_;
};

constexpr char kDeployed[] =
    "upload file <ca:I1.pem>\n"
    "upload file <www:A1.pem>\n"
    "upload file <www:A1.key>\n"
    "add certkey <ca:I1> from <ca:I1.pem>\n"
    "add certkey www from <www:A1.pem>\n"
    "link certkey www to <ca:I1>\n"
    "bind certkey www to vs_www as default\n";

TEST_F(Granted, AGrantOfTheVirtualServerIsEnough) {
  only({grant_to("web", {"vs_w*"})});

  EXPECT_EQ(world_.problems(), "");
  EXPECT_EQ(world_.plan(), kDeployed);
}

TEST_F(Granted, WithoutAnyNothingIsWritten) {
  only({grant_to("shop", {"*"})});

  EXPECT_EQ(world_.plan(), "");
  EXPECT_EQ(world_.problems(), "www: NotPermitted\n");
  EXPECT_EQ(world_.messages(), "edge grants nothing to namespace web; ask for an entry in its spec.grants\n");
}

TEST_F(Granted, OneBindingTooManyHoldsTheWholeResource) {
  world_.sync("www").binds({"vs_www", "vs_other:sni"});
  auto limited = grant_to("web", {"vs_w*"});
  limited.roles = {Role::Default};
  only({limited, grant_to("shop", {"vs_secret"})});

  EXPECT_EQ(world_.plan(), "");
  EXPECT_EQ(world_.messages(), "edge does not let namespace web bind to vs_other (sni); granted are vs_w* (default)\n");
}

TEST_F(Granted, WithoutTargetsOnlyCertkeys) {
  only({grant_to("web")});
  EXPECT_EQ(world_.messages(), "edge does not let namespace web bind to vs_www (default); granted are certkeys only\n");

  world_.sync("www").binds({});
  EXPECT_EQ(world_.problems(), "");
  EXPECT_EQ(world_.settle(), "");
}

TEST_F(Granted, AMessageStaysShort) {
  std::vector<std::string> globs;
  for (int i = 0; i < 20; ++i)
    globs.push_back("vs_" + std::to_string(i));
  only({grant_to("web", globs)});

  const auto said = world_.messages();
  EXPECT_NE(said.find("vs_7 (default, sni) and 12 more"), std::string::npos) << said;
}

TEST_F(Granted, ARevokedGrantLeavesTheApplianceServing) {
  ASSERT_EQ(world_.settle(), "");
  only({});
  world_.sync("www").holds("A2 < I1");

  EXPECT_EQ(world_.plan(), "");
  EXPECT_EQ(world_.problems(), "www: NotPermitted\n");
}

TEST_F(Granted, WhatIsHeldThereStaysTakenForOthers) {
  ASSERT_EQ(world_.settle(), "");
  only({grant_to("shop", {"*"})});
  world_.sync("shop/www").holds("B1").binds({"vs_www"});

  EXPECT_EQ(world_.plan(), "");
  EXPECT_EQ(world_.problems(), "www: NotPermitted\nshop/www: CertKeyNotOwned\n");
}

TEST_F(Granted, ADeletionWithoutAGrantTakesNothingAway) {
  ASSERT_EQ(world_.settle(), "");
  only({});
  world_.sync("www").deleted(DeletionPolicy::Delete);

  EXPECT_EQ(world_.plan(), "");
  EXPECT_EQ(world_.problems(), "www: NotPermitted\n");
}

TEST_F(Granted, ABindingThatIsGivenUpAfterItsGrantStays) {
  world_.sync("www").binds({"vs_www", "vs_other"});
  ASSERT_EQ(world_.settle(), "");
  only({grant_to("web", {"vs_www"})});

  world_.sync("www").binds({"vs_www"});
  EXPECT_EQ(world_.problems(), "");
  EXPECT_EQ(world_.plan(), "");

  only({grant_to("web", {"vs_www", "vs_o*"})});
  EXPECT_EQ(world_.plan(), "unbind certkey www from vs_other as default (disturbs vs_other)\n");
}

TEST_F(Granted, AnApplianceThatIsNotNamedAnyMoreIsClearedOnlyWithAGrant) {
  ASSERT_EQ(world_.settle(), "");
  world_.moves_away("www");

  only({});
  EXPECT_EQ(world_.plan(), "");
  EXPECT_EQ(world_.notices(), "www: LeftBehind\n");

  only({grant_to("web", {"*"})});
  EXPECT_NE(world_.plan().find("delete certkey www\n"), std::string::npos);
  EXPECT_EQ(world_.notices(), "");
}

}  // namespace
}  // namespace certsync::plan
