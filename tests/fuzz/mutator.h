// A few thousand neighbours of an input, the same in each run: what libFuzzer does, without its eyes.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace fuzz {

/// `inputs` is not empty. The same seed gives the same text.
std::string mutated(const std::vector<std::string>& inputs, std::uint64_t seed);

}  // namespace fuzz
