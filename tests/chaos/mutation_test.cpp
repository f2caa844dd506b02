// Operations as Acto has them (SOSP'23): the two kinds, changed again and again by their own schemas, with mistakes in
// between. CERTSYNC_TRANSITIONS makes the campaign longer, CERTSYNC_SEED is another campaign, CERTSYNC_CHAIN is the
// only chain of it that is run.
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "chaos/chain.h"
#include <gtest/gtest.h>

#include "support/sanitized.h"

namespace chaos {
namespace {

constexpr unsigned kSeed = 1;
constexpr int kTransitions = 240;
constexpr int kPerChain = 20;

int number_from(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

std::string to_text(const Figures& figures) {
  std::string text = "transitions " + std::to_string(figures.transitions) + ": refused " +
                     std::to_string(figures.refused) + ", converged " + std::to_string(figures.converged) +
                     ", waiting " + std::to_string(figures.waiting) + ", stalled " + std::to_string(figures.stalled) +
                     ", unreachable " + std::to_string(figures.unreachable) + ", gone back " +
                     std::to_string(figures.healed) + ", deleted " + std::to_string(figures.deleted) +
                     "; compared with a fresh appliance " + std::to_string(figures.compared) +
                     ", of these with an exception " + std::to_string(figures.excepted) + "\n";
  for (const auto& [name, count] : figures.by_exception)
    text += "  exception " + name + ": " + std::to_string(count) + "\n";
  for (const auto& [name, count] : figures.by_reason)
    text += "  Ready " + name + ": " + std::to_string(count) + "\n";
  return text;
}

TEST(Mutations, EndAsIfAppliedToAnEmptyAppliance) {
  const auto seed = static_cast<unsigned>(number_from("CERTSYNC_SEED", kSeed));
  const int only = number_from("CERTSYNC_CHAIN", -1);
  const int transitions = number_from("CERTSYNC_TRANSITIONS", kTransitions / support::every(10));
  const int most_failures = number_from("CERTSYNC_FAILURES", 3);
  Figures figures;
  int failures = 0;
  const auto first = static_cast<unsigned>(std::max(only, 0));
  for (unsigned index = first; figures.transitions < transitions && failures < most_failures; ++index) {
    if (only >= 0 && index > first) break;
    const auto wrong = Chain(seed, index, figures).run(kPerChain);
    EXPECT_EQ(wrong, "");
    failures += wrong.empty() ? 0 : 1;
  }
  std::cout << to_text(figures);
}

}  // namespace
}  // namespace chaos
