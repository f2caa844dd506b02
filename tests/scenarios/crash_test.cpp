// Every story again, with the operator killed at each of its writes: before it is sent, after it is applied but not
// acknowledged, after its answer; and with each kind of trouble at its requests. The end must be the end of the
// unharmed story.
#include "scenarios/story.h"
#include <gtest/gtest.h>

namespace scenarios {
namespace {

class EveryStair : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(EveryStair, EndsAlike) {
  const auto tellings = tell_with_crashes(GetParam());

  EXPECT_EQ(tellings.wrong, "");
  EXPECT_GT(tellings.plans, 0);
  support::report("stairs", tellings.plans, tellings.differences);
}

INSTANTIATE_TEST_SUITE_P(Stories, EveryStair, testing::ValuesIn(crash_story_files()), [](const auto& entry) {
  std::string name = entry.param.stem().string();
  std::erase_if(name, [](char c) { return c == '_' || c == '-'; });
  return name;
});

class EveryTrouble : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(EveryTrouble, EndsAlike) {
  const support::Campaign campaign;

  const auto tellings = tell_with_troubles(GetParam(), campaign);

  EXPECT_EQ(tellings.wrong, "") << "CERTSYNC_SEED=" << campaign.seed;
  EXPECT_GT(tellings.plans, 0);
  support::report("troubles", tellings.plans, tellings.differences);
}

INSTANTIATE_TEST_SUITE_P(Stories, EveryTrouble, testing::ValuesIn(crash_story_files()), [](const auto& entry) {
  std::string name = entry.param.stem().string();
  std::erase_if(name, [](char c) { return c == '_' || c == '-'; });
  return name;
});

}  // namespace
}  // namespace scenarios
