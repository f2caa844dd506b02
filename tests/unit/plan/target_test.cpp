// What a certkey is bound to beside plain virtual servers.
#include <gtest/gtest.h>

#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using support::PlanWorld;

TEST(Targets, ServicesAndGroupsAreBoundTo) {
  PlanWorld world;
  const model::Target api{model::TargetKind::Service, "api"};
  const model::Target pool{model::TargetKind::ServiceGroup, "pool"};
  world.seen().services = {api, pool};
  world.sync("www").holds("A1");
  world.sync("www").object().spec.bindings = {{api, model::Role::Default, false}, {pool, model::Role::Default, false}};

  EXPECT_EQ(world.plan(),
            "upload file <www:A1.pem>\n"
            "upload file <www:A1.key>\n"
            "add certkey www from <www:A1.pem>\n"
            "bind certkey www to service/api as default\n"
            "bind certkey www to serviceGroup/pool as default\n");
  EXPECT_EQ(world.settle(), "");
  world.sync("www").object().spec.bindings.pop_back();
  EXPECT_EQ(world.plan(), "unbind certkey www from serviceGroup/pool as default (disturbs serviceGroup/pool)\n");
}

TEST(Targets, AServiceIsNoVirtualServer) {
  PlanWorld world;
  world.server("api");
  world.sync("www").holds("A1");
  world.sync("www").object().spec.bindings = {
      {model::Target{model::TargetKind::Service, "api"}, model::Role::Default, false}};

  EXPECT_EQ(world.problems(), "www: TargetNotFound\n");
}

TEST(Targets, TheAppliancesOwnServicesAreNeverTouched) {
  PlanWorld world;
  const model::Target own{model::TargetKind::Service, "nshttps-127.0.0.1-443"};
  world.seen().services = {own};
  world.sync("www").holds("A1");
  world.sync("www").object().spec.bindings = {{own, model::Role::Default, false}};

  EXPECT_EQ(world.problems(), "www: NotPermitted\n");
  EXPECT_EQ(world.plan(), "");
}

TEST(Targets, SniIsTurnedOnInTheProfileThatRules) {
  PlanWorld world;
  world.server("vs_a");
  world.server("vs_b");
  world.seen().virtual_servers.at("vs_a").profile = "front";
  world.seen().virtual_servers.at("vs_b").profile = "front";
  world.sync("a").holds("A1").binds({"vs_a:sni!", "vs_b:sni!"});

  EXPECT_EQ(world.plan(),
            "upload file <a:A1.pem>\n"
            "upload file <a:A1.key>\n"
            "add certkey a from <a:A1.pem>\n"
            "enable SNI on vs_a in SSL profile front\n"
            "bind certkey a to vs_a as sni\n"
            "bind certkey a to vs_b as sni\n");
  EXPECT_EQ(world.settle(), "");
}

TEST(Targets, AProfileThatRulesOthersToo) {
  PlanWorld world;
  world.server("vs_a");
  world.server("vs_b");
  world.seen().virtual_servers.at("vs_a").profile = "front";
  world.seen().virtual_servers.at("vs_b").profile = "front";
  world.input.access.open_to_all = false;
  model::Grant grant;
  grant.from = model::GrantFrom::All;
  grant.targets = {"vs_a"};
  grant.roles = {model::Role::Sni};
  world.input.access.grants = {grant};
  world.sync("a").holds("A1").binds({"vs_a:sni!"});

  EXPECT_EQ(world.problems(), "a: SniDisabled\n");
  EXPECT_EQ(world.plan().find("enable"), std::string::npos);
}

}  // namespace
}  // namespace certsync::plan
