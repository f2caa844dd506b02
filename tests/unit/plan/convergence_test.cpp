// Random worlds from a seed: whatever the resources want and whatever lies on the appliance, the steps of a plan are
// ones the appliance takes, they touch only what is ours, and they lead to a state with nothing left to do.
#include <random>

#include <gtest/gtest.h>

#include "model/naming.h"
#include "support/plan_world.h"

namespace certsync::plan {
namespace {

using support::PlanWorld;

constexpr unsigned kWorlds = 100;
constexpr int kTurns = 6;
// What one resource gives up in a pass, another may take in the next one.
constexpr int kPasses = 2;

class RandomWorld {
 public:
  explicit RandomWorld(unsigned seed) : chance_(seed) {
    world_.server("vs1", true);
    world_.server("vs2", true);
    world_.server("vs3", true);
    if (toss(4)) world_.person("p", "C1");
    if (toss(4)) world_.person("hand", "B3");
    if (toss(4)) world_.person("corp-ca", "I2");
    if (toss(3) && world_.seen().certkeys.count("hand") != 0) world_.bind("vs1", "hand", toss(2));
  }

  void turn() {
    const std::string name = pick({"a", "b", "p"});
    auto sync = world_.sync(name);
    sync.object().meta.deleting = false;
    switch (number(8)) {
      case 0:
        sync.lacks(Reason::SecretNotFound);
        break;
      case 1:
        sync.deleted(model::DeletionPolicy::Delete);
        break;
      case 2:
        world_.vanish(name);
        break;
      default:
        sync.holds(chain_of(name)).binds(bindings());
        sync.object().spec.chain = toss(5) ? model::ChainPolicy::Omit : model::ChainPolicy::Link;
    }
  }

  // Three certificates per resource, from different issuers; sometimes one that another resource has too.
  std::string chain_of(const std::string& name) {
    const std::string letter = toss(6) ? "C" : name == "a" ? "A" : name == "b" ? "B" : "C";
    return letter + pick({"1 < I1 < I2", "2 < I1 < I2", "3 < I2", "4", "5 < I3 < X", "6 < I4 < X'"});
  }
  std::vector<std::string> bindings() {
    std::vector<std::string> chosen;
    for (const char* one : {"vs1", "vs2", "vs1:sni", "vs2:sni", "vs3:sni!", "gone"}) {
      if (toss(3)) chosen.emplace_back(one);
    }
    return chosen;
  }

  PlanWorld& world() { return world_; }

 private:
  unsigned number(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(chance_); }
  bool toss(unsigned one_in) { return number(one_in) == 0; }
  std::string pick(const std::vector<std::string>& choices) {
    return choices[number(static_cast<unsigned>(choices.size()))];
  }

  std::mt19937 chance_;
  PlanWorld world_;
};

// The certkeys that a step writes to and that exist already.
std::set<std::string> touched(const Action& action) {
  if (const auto* step = std::get_if<UpdateCertKey>(&action)) return {step->certkey};
  if (const auto* step = std::get_if<SetMonitor>(&action)) return {step->certkey};
  if (const auto* step = std::get_if<Link>(&action)) return {step->certkey};
  if (const auto* step = std::get_if<Unlink>(&action)) return {step->certkey};
  if (const auto* step = std::get_if<Unbind>(&action)) return {step->certkey};
  if (const auto* step = std::get_if<DeleteCertKey>(&action)) return {step->certkey};
  return {};
}

void expect_only_ours(PlanWorld& world, const std::vector<Step>& steps) {
  for (const auto& step : steps) {
    for (const auto& certkey : touched(step.action)) {
      const auto found = world.seen().certkeys.find(certkey);
      if (found == world.seen().certkeys.end()) continue;
      const auto mark = model::parse_file_name(found->second.cert_file);
      EXPECT_TRUE(mark && mark->owner == "own") << to_text(step);
    }
    if (const auto* gone = std::get_if<DeleteFile>(&step.action)) {
      EXPECT_TRUE(model::parse_file_name(gone->file)) << to_text(step);
    }
  }
}

class Convergence : public testing::TestWithParam<unsigned> {};

TEST_P(Convergence, EveryPlanIsTakenTouchesOnlyOursAndEnds) {
  for (unsigned i = 0; i < kWorlds; ++i) {
    const unsigned seed = GetParam() + i;
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomWorld random(seed);
    for (int turn = 0; turn < kTurns; ++turn) {
      random.turn();
      auto& world = random.world();
      const auto plan = world.diff();
      expect_only_ours(world, plan.steps);
      expect_only_ours(world, plan.cleanup);
      expect_only_ours(world, plan.retire);
      ASSERT_EQ(world.settle(kPasses), "") << world.problems();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seed, Convergence, testing::Values(1U, 1001U, 2001U));

}  // namespace
}  // namespace certsync::plan
