// The mirror of the API server lags behind: what it no longer wants may be wanted again already.
#include "scenarios/estate.h"
#include <gtest/gtest.h>

namespace scenarios {
namespace {

using certsync::model::ObjectMeta;
using certsync::model::ObjectRef;

// s0 is deployed and bound to vs0; then the mirror says that it wants no binding any more.
class StaleView : public testing::Test {
 protected:
  StaleView() {
    world_.add_box("edge", {{"vs0", "lb", false}});
    world_.write_appliance("edge");
    const Estate estate(1);
    world_.write("sync.yaml", estate.syncs("edge", 1));
    world_.write("secrets.yaml", estate.secrets());
    world_.start();
    EXPECT_TRUE(world_.settle());
    world_.box("edge").log.clear();
    auto unbound = estate.syncs("edge", 1);
    const auto from = unbound.find("bindings:");
    unbound.erase(from, unbound.find(']', from) + 1 - from);
    world_.write("sync.yaml", unbound);
  }
  std::size_t writes() { return world_.box("edge").log.mutating(); }
  std::string ready() { return world_.condition("netscalercertsync", "default/s0", "Ready"); }
  void live(const std::function<void(ObjectMeta&)>& differs) {
    world_.live = [differs](const ObjectRef& ref) {
      ObjectMeta meta;
      meta.ref = ref;
      differs(meta);
      return std::optional(meta);
    };
  }

  World world_;
};

TEST_F(StaleView, WhatIsWantedAgainIsNotUnbound) {
  live([](ObjectMeta& meta) { meta.generation = 99; });
  world_.pass();

  EXPECT_EQ(writes(), 0u);
  EXPECT_EQ(ready(), "False StaleView");

  world_.live = {};
  EXPECT_TRUE(world_.settle());
  EXPECT_EQ(ready(), "True Synced");
  EXPECT_GE(writes(), 1u) << "unbound after all";
}

TEST_F(StaleView, WhatNobodyCanSayIsNotUnbound) {
  world_.live = [](const ObjectRef&) -> certsync::Result<std::optional<ObjectMeta>> {
    return certsync::fail(certsync::ErrorKind::Retry, certsync::Reason::StaleView, "503 ServiceUnavailable");
  };
  world_.pass();

  EXPECT_EQ(writes(), 0u);
  EXPECT_EQ(ready(), "False StaleView");
  EXPECT_NE(world_.message("netscalercertsync", "default/s0", "Ready").find("503 ServiceUnavailable"),
            std::string::npos);
}

}  // namespace
}  // namespace scenarios
