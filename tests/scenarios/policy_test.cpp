// Every story again, under an account that has just the rights which `certsync policy` tells for what is there: it
// happens as told. Without any one of the clauses some story does not.
#include <cstdio>
#include <map>
#include <set>

#include "cli/command_policy.h"
#include "scenarios/story.h"
#include <gtest/gtest.h>

#include "support/sanitized.h"

namespace scenarios {
namespace {

using namespace certsync;

using Names = std::set<std::string>;

/// `met`: the clauses that were there to be left out.
World::Rights all_but(const std::string& left_out, Names* met = nullptr) {
  return [left_out, met](const engine::Store& store, const std::string& appliance, const model::Owner& owner) {
    auto use = cli::use_of(*store.appliance(appliance), store.syncs_of(appliance), owner);
    // As one who names a pair by one address has to say.
    if (appliance == "edge") use.features.insert(cli::Feature::HighAvailability);
    std::vector<std::string> patterns;
    for (const auto& clause : cli::clauses(use)) {
      if (met != nullptr) met->insert(clause.name);
      if (clause.name != left_out) patterns.push_back(clause.pattern);
    }
    return patterns;
  };
}

/// Under the policy nobody reads files. A forged intermediate that looks like the genuine one is then found out by the
/// appliance, which refuses the link, and not before.
std::vector<std::filesystem::path> stories() {
  auto files = story_files();
  std::erase_if(files, [](const auto& file) {
    return file.stem() == "forged_intermediate" || file.stem() == "file_refused_once";
  });
  return files;
}

class UnderThePolicy : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(UnderThePolicy, HappensAsTold) {
  EXPECT_EQ(tell_with_rights(GetParam(), all_but("")), "");
}

INSTANTIATE_TEST_SUITE_P(Stories, UnderThePolicy, testing::ValuesIn(stories()), [](const auto& entry) {
  std::string name = entry.param.stem().string();
  std::erase_if(name, [](char c) { return c == '_' || c == '-'; });
  return name;
});

TEST(ThePolicy, HasNoClauseTooMany) {
  Names met;
  for (const auto& story : stories())
    tell_with_rights(story, all_but("", &met));
  // certsync check alone needs these: tests/e2e/check_test.cpp.
  Names of_check;
  Names idle;
  std::size_t number = 0;
  for (const auto& clause : met) {
    if (number++ % static_cast<std::size_t>(support::every(6)) != 0) continue;
    if (clause.starts_with("check.")) of_check.insert(clause);
    std::string broken;
    for (const auto& story : stories()) {
      if (tell_with_rights(story, all_but(clause)).empty()) continue;
      broken = story.stem().string();
      break;
    }
    std::printf("without %s: %s\n", clause.c_str(), broken.empty() ? "no story differs" : broken.c_str());
    if (broken.empty()) idle.insert(clause);
  }
  EXPECT_GE(met.size(), 18u);
  EXPECT_EQ(idle, of_check);
}

}  // namespace
}  // namespace scenarios
