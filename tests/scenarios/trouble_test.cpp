// Every kind of trouble at every request of a deployment and of a renewal: it converges by itself once the trouble is
// over, ends like the run without trouble, and no handshake was lost on the way.
#include "scenarios/estate.h"
#include "scenarios/troubles.h"
#include <gtest/gtest.h>

#include "support/campaign.h"
#include "support/sanitized.h"

namespace scenarios {
namespace {

class EveryRequest : public testing::TestWithParam<Trouble> {
 protected:
  static const Estate& estate() {
    static const Estate kEstate(2);
    return kEstate;
  }
  static const std::string& secrets(int version) {
    static const std::string kFirst = estate().secrets();
    static const std::string kSecond = estate().secrets();
    return version == 1 ? kFirst : kSecond;
  }

  // Deploys, renews, and gives the end state. `at` = 0: no trouble.
  static std::string run(const sim::FaultRule& rule, int at, bool while_renewing, std::size_t& requests) {
    World world;
    world.add_box("edge", {{"vs0", "lb", false}, {"vs1", "lb", false}});
    world.write_appliance("edge");
    world.write("syncs.yaml", estate().syncs("edge", 2));
    world.write("secrets.yaml", secrets(1));
    world.start();
    auto& box = world.box("edge");
    const auto trouble = [&] {
      if (at == 0) return;
      sim::FaultRule armed = rule;
      armed.at = at;
      box.faults.add(armed);
    };
    if (!while_renewing) trouble();
    if (!world.settle(30))
      return "the deployment never settled: " + world.condition("netscalercertsync", "default/s0", "Ready");
    if (!while_renewing) requests = box.log.requests();
    const auto before = box.log.requests();
    if (while_renewing) trouble();
    world.write("secrets.yaml", secrets(2));
    if (!world.settle(30))
      return "the renewal never settled: " + world.condition("netscalercertsync", "default/s0", "Ready");
    if (while_renewing) requests = box.log.requests() - before;
    // What a stalled pass left is done at the next resync.
    world.clock().advance(std::chrono::minutes(31));
    if (!world.settle(30)) return "never settled after the trouble";
    return world.outages() + box.appliance->state_text() + (box.appliance->config_changed() ? "unsaved\n" : "") +
           world.condition("netscalercertsync", "default/s0", "Ready") + "\n" +
           world.condition("netscalercertsync", "default/s1", "Ready");
  }
};

TEST_P(EveryRequest, ConvergesToTheSameEnd) {
  int plans = 0;
  int differences = 0;
  for (const bool renewing : {false, true}) {
    std::size_t requests = 0;
    const std::string wanted = run({}, 0, renewing, requests);
    ASSERT_NE(wanted.find("True Synced"), std::string::npos) << wanted;
    for (std::size_t at = 1; at <= requests; at += static_cast<std::size_t>(support::every(7))) {
      std::size_t ignored = 0;
      const auto found = run(GetParam().rule, static_cast<int>(at), renewing, ignored);
      ++plans;
      differences += found == wanted ? 0 : 1;
      EXPECT_EQ(found, wanted) << GetParam().name << " at request " << at
                               << (renewing ? " of the renewal" : " of the deployment");
    }
  }
  support::report("requests", plans, differences);
}

TEST_P(EveryRequest, SaysTheRightReasonWhileItLasts) {
  if (GetParam().reason.empty()) return;
  World world;
  world.add_box("edge", {{"vs0", "lb", false}, {"vs1", "lb", false}});
  world.write_appliance("edge");
  world.write("syncs.yaml", estate().syncs("edge", 2));
  world.write("secrets.yaml", secrets(1));
  world.start();
  sim::FaultRule lasting = GetParam().rule;
  lasting.times = -1;
  lasting.target = "sslcertkey";
  world.box("edge").faults.add(lasting);

  world.pass();

  EXPECT_EQ(world.condition("netscalercertsync", "default/s0", "Ready"), "False " + GetParam().reason)
      << world.message("netscalercertsync", "default/s0", "Ready");
  EXPECT_EQ(world.box("edge").appliance->state_text().find("cs-own"), std::string::npos) << "the appliance is intact";
}

INSTANTIATE_TEST_SUITE_P(Troubles, EveryRequest, testing::ValuesIn(troubles()),
                         [](const auto& entry) { return entry.param.name; });

}  // namespace
}  // namespace scenarios
