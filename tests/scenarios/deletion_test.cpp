// A deletion that an appliance holds up: it waits as long as deletionTimeout says, and then tells what stays behind.
#include <utility>

#include "scenarios/estate.h"
#include <gtest/gtest.h>

namespace scenarios {
namespace {

using namespace std::chrono_literals;

// s0 is deployed with deletionPolicy Delete; then its manifest is removed.
class HeldDeletion : public testing::Test {
 protected:
  HeldDeletion() {
    world_.add_box("edge", {{"vs0", "lb", false}});
    world_.write_appliance("edge", "  deletionTimeout: 2h\n");
    const Estate estate(1);
    auto sync = estate.syncs("edge", 1);
    sync.insert(sync.rfind('}'), ", deletionPolicy: Delete");
    world_.write("sync.yaml", sync);
    world_.write("secrets.yaml", estate.secrets());
    world_.start();
    EXPECT_TRUE(world_.settle());
    world_.take_events();
  }

  void lose_the_appliance() {
    sim::FaultRule lost;
    lost.kind = sim::FaultKind::ResetBefore;
    lost.times = -1;
    world_.box("edge").faults.add(lost);
  }
  void delete_it() {
    world_.remove("sync.yaml");
    world_.pass();
    world_.clock().advance(31s);
    world_.pass();
  }
  // The Events about what stays, after a pass at that time.
  std::string left_after(std::chrono::milliseconds time) {
    world_.clock().advance(time);
    world_.pass();
    std::string left;
    std::istringstream events(world_.take_events());
    for (std::string line; std::getline(events, line);) {
      if (line.starts_with("LeftBehind")) left += line + "\n";
    }
    return left;
  }

  World world_;
};

constexpr char kLeft[] =
    "LeftBehind default/s0: edge: certkeys default_s0, bindings vs0:default stay: it could not be reached, and its "
    "spec.deletionTimeout (2h) is over\n"
    "LeftBehind edge: NetScalerCertSync default/s0 is deleted; certkeys default_s0, bindings vs0:default stay: it "
    "could "
    "not be reached, and its spec.deletionTimeout (2h) is over\n";

TEST_F(HeldDeletion, EndsWithTheTimeoutOfAnUnreachableAppliance) {
  lose_the_appliance();
  delete_it();

  EXPECT_EQ(left_after(119min), "");
  EXPECT_EQ(world_.condition("netscalercertsync", "default/s0", "Ready"), "False ApplianceUnreachable");
  EXPECT_EQ(left_after(1min), kLeft);
  EXPECT_EQ(left_after(1min), "");

  world_.box("edge").faults.clear();
  ASSERT_TRUE(world_.settle());
  EXPECT_NE(world_.box("edge").appliance->state_text().find("default_s0"), std::string::npos) << "nobody asks any more";
}

TEST_F(HeldDeletion, IsNotDoneByAPassThatBeganBeforeIt) {
  world_.remove("sync.yaml");
  world_.pass();
  world_.on_request = [this, came = false](const sim::Request&) mutable {
    if (std::exchange(came, true)) return;
    world_.clock().advance(31s);
    world_.scan();
  };
  world_.pass();
  EXPECT_NE(world_.box("edge").appliance->state_text().find("default_s0"), std::string::npos) << "none was planned";

  ASSERT_TRUE(world_.settle());

  EXPECT_EQ(world_.box("edge").appliance->state_text().find("default_s0"), std::string::npos);
}

TEST_F(HeldDeletion, IsCarriedOutWhenTheApplianceComesBackInTime) {
  lose_the_appliance();
  delete_it();
  EXPECT_EQ(left_after(60min), "");

  world_.box("edge").faults.clear();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(left_after(60min), "");
  EXPECT_EQ(world_.box("edge").appliance->state_text().find("default_s0"), std::string::npos);
}

TEST_F(HeldDeletion, DoesNotWaitForAnApplianceThatIsGone) {
  lose_the_appliance();
  world_.remove("appliance-edge.yaml");
  delete_it();

  EXPECT_EQ(world_.status_text("netscalercertsync", "default/s0"), "");
}

}  // namespace
}  // namespace scenarios
