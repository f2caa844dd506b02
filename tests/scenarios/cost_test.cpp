// What things cost, counted at the appliance.
#include "scenarios/estate.h"
#include <gtest/gtest.h>

#include "support/sanitized.h"

namespace scenarios {
namespace {

struct Counts {
  std::size_t writes_before_cleanup = 0;
  std::size_t saves = 0;
  std::size_t file_deletes = 0;
  std::size_t reads = 0;
  std::size_t logins = 0;
};

Counts count(const Box& box) {
  Counts counts;
  for (const auto& entry : box.log.entries()) {
    if (entry.target.find("login") != std::string::npos) {
      ++counts.logins;
    } else if (!entry.mutating) {
      ++counts.reads;
    } else if (entry.method == "DELETE" && entry.target.find("systemfile") != std::string::npos) {
      ++counts.file_deletes;
    } else {
      ++counts.writes_before_cleanup;
      counts.saves += entry.target.find("action=save") != std::string::npos ? 1 : 0;
    }
  }
  return counts;
}

void set_up(World& world, const Estate& estate, int servers) {
  std::vector<sim::VserverOptions> vservers;
  for (int i = 0; i < servers; ++i)
    vservers.push_back({"vs" + std::to_string(i), "lb", false});
  world.add_box("edge", vservers);
  world.write_appliance("edge");
  world.write("secrets.yaml", estate.secrets());
  world.write("syncs.yaml", estate.syncs("edge", servers));
  world.start();
  ASSERT_TRUE(world.settle());
  ASSERT_EQ(world.condition("netscalercertsync", "default/s0", "Ready"), "True Synced");
}

class Renewal : public testing::TestWithParam<int> {};

// n certificates renewed in one pass with unchanged issuers: 3n writes and one save before the clean-up, then one
// delete for each of the 2n replaced files.
TEST_P(Renewal, CostsThreeWritesEachAndOneSave) {
  const int n = GetParam();
  World world;
  const Estate estate(n);
  set_up(world, estate, std::min(n, 5));
  world.box("edge").log.clear();

  world.write("secrets.yaml", estate.secrets());
  ASSERT_TRUE(world.settle());

  const Counts counts = count(world.box("edge"));
  EXPECT_EQ(counts.writes_before_cleanup, static_cast<std::size_t>(3 * n + 1));
  EXPECT_EQ(counts.saves, 1u);
  // The estate keeps its keys, but the names of key files follow the leaf.
  EXPECT_EQ(counts.file_deletes, static_cast<std::size_t>(2 * n));
  EXPECT_EQ(counts.logins, 0u);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Renewal, testing::Values(1, 20, support::kSanitized ? 40 : 200));

std::size_t reads_of_a_quiet_pass(int certkeys) {
  World world;
  const Estate estate(certkeys);
  set_up(world, estate, 1);
  world.box("edge").log.clear();

  world.pass();

  const Counts counts = count(world.box("edge"));
  EXPECT_EQ(counts.writes_before_cleanup + counts.file_deletes, 0u);
  return counts.reads;
}

TEST(QuietPass, WritesNothingAndReadsTheSameForOneAndAThousandCertkeys) {
  const std::size_t one = reads_of_a_quiet_pass(1);

  EXPECT_EQ(reads_of_a_quiet_pass(support::kSanitized ? 100 : 1000), one);
  EXPECT_LE(one, 10u);
}

}  // namespace
}  // namespace scenarios
