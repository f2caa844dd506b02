#include "scenarios/story.h"
#include <gtest/gtest.h>

namespace scenarios {
namespace {

class Scenario : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Scenario, HappensAsTold) {
  EXPECT_EQ(tell(GetParam()), "");
}

INSTANTIATE_TEST_SUITE_P(Stories, Scenario, testing::ValuesIn(story_files()), [](const auto& entry) {
  std::string name = entry.param.stem().string();
  std::erase_if(name, [](char c) { return c == '_' || c == '-'; });
  return name;
});

TEST(Scenarios, AreThere) {
  EXPECT_GE(story_files().size(), 20u);
}

}  // namespace
}  // namespace scenarios
