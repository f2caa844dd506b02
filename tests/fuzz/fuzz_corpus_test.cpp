// Each row of the table over its folder of corpus/, over what it makes, and over some neighbours of both.
#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "fuzz/mutator.h"
#include "fuzz/targets.h"
#include "support/places.h"
#include "support/sanitized.h"

namespace fuzz {

void PrintTo(const Target& target, std::ostream* out) {
  *out << target.name;
}

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFirstSeed = 20261125;
constexpr std::uint64_t kMutations = 600;

fs::path corpus() {
  return support::source_tree() / "tests/fuzz/corpus";
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> seeds_of(const Target& target) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(corpus() / target.name))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

class Corpus : public testing::TestWithParam<Target> {
 protected:
  /// What ends the process is found in `trace_`, and is a file for corpus/ as it is.
  void run(const std::string& input, const std::string& what) {
    std::ofstream(trace_, std::ios::binary) << input;
    // A block of its own, so that a sanitizer sees one step too far.
    const std::vector<std::uint8_t> bytes(input.begin(), input.end());
    try {
      GetParam().run(bytes.data(), bytes.size());
    } catch (const std::exception& error) {
      fs::copy_file(trace_, trace_ + "-" + std::to_string(++failures_), fs::copy_options::overwrite_existing);
      ADD_FAILURE() << what << ": " << error.what() << "\nits bytes are in " << trace_ << "-" << failures_;
    }
  }

  void SetUp() override { trace_ = testing::TempDir() + "certsync-fuzz-" + std::string(GetParam().name); }
  void TearDown() override { fs::remove(trace_); }

 private:
  std::string trace_;
  int failures_ = 0;
};

TEST_P(Corpus, Holds) {
  std::vector<std::string> inputs;
  for (const auto& path : seeds_of(GetParam())) {
    inputs.push_back(read(path));
    run(inputs.back(), path.filename().string());
  }
  ASSERT_GE(inputs.size(), 3u);
  if (GetParam().made != nullptr) {
    for (const auto& input : GetParam().made()) {
      inputs.push_back(input);
      run(input, "made input " + std::to_string(inputs.size()));
    }
  }
  run("", "nothing");
  for (std::uint64_t i = 0; i < kMutations / support::every(6) && !HasFailure(); ++i)
    run(mutated(inputs, kFirstSeed + i), "seed " + std::to_string(kFirstSeed + i));
}

INSTANTIATE_TEST_SUITE_P(Each, Corpus, testing::ValuesIn(targets()),
                         [](const auto& target) { return std::string(target.param.name); });

TEST(FuzzTargets, HaveACorpusEach) {
  std::set<std::string> folders;
  for (const auto& entry : fs::directory_iterator(corpus()))
    if (entry.is_directory()) folders.insert(entry.path().filename().string());
  std::set<std::string> names;
  for (const auto& target : targets())
    names.emplace(target.name);
  EXPECT_EQ(names, folders);
  EXPECT_EQ(names.size(), targets().size());
}

TEST(Mutator, IsTheSameEachTime) {
  const std::vector<std::string> inputs = {"kind: Secret\n", "[1, 2, 3]"};
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_EQ(mutated(inputs, seed), mutated(inputs, seed));
    seen.insert(mutated(inputs, seed));
  }
  EXPECT_GT(seen.size(), 80u);
}

}  // namespace
}  // namespace fuzz
