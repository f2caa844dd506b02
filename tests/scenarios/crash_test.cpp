// Every story again, with the operator killed at each of its writes: before it is sent, after it is applied but not
// acknowledged, after its answer; and with each kind of trouble at its requests. The end must be the end of the
// unharmed story.
#include "scenarios/story.h"
#include <gtest/gtest.h>

namespace scenarios {
namespace {

class EveryStair : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(EveryStair, EndsAlike) {
  int runs = 0;

  const std::string difference = tell_with_crashes(GetParam(), runs);

  EXPECT_EQ(difference, "");
  EXPECT_GT(runs, 0);
  support::report("stairs", runs, difference.empty() ? 0 : 1);
}

INSTANTIATE_TEST_SUITE_P(Stories, EveryStair, testing::ValuesIn(crash_story_files()), [](const auto& entry) {
  std::string name = entry.param.stem().string();
  std::erase_if(name, [](char c) { return c == '_' || c == '-'; });
  return name;
});

class EveryTrouble : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(EveryTrouble, EndsAlike) {
  const support::Campaign campaign;
  int runs = 0;

  const std::string difference = tell_with_troubles(GetParam(), campaign, runs);

  EXPECT_EQ(difference, "") << "CERTSYNC_SEED=" << campaign.seed;
  EXPECT_GT(runs, 0);
  support::report("troubles", runs, difference.empty() ? 0 : 1);
}

INSTANTIATE_TEST_SUITE_P(Stories, EveryTrouble, testing::ValuesIn(crash_story_files()), [](const auto& entry) {
  std::string name = entry.param.stem().string();
  std::erase_if(name, [](char c) { return c == '_' || c == '-'; });
  return name;
});

}  // namespace
}  // namespace scenarios
