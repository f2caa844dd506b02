#include "support/campaign.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <numeric>
#include <random>

namespace support {

Campaign::Campaign() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return std::string(value == nullptr ? "" : value);
  };
  whole = variable("CERTSYNC_CHAOS") == "all";
  if (const auto given = variable("CERTSYNC_SEED"); !given.empty()) seed = static_cast<unsigned>(std::stoul(given));
}

std::vector<int> Campaign::pick(int count, int sample, const std::string& salt) const {
  std::vector<int> all(static_cast<std::size_t>(std::max(count, 0)));
  std::iota(all.begin(), all.end(), 1);
  if (whole || count <= sample) return all;
  // Another choice for each salt, the same in each run.
  std::seed_seq words(salt.begin(), salt.end());
  std::vector<unsigned> numbers(1);
  words.generate(numbers.begin(), numbers.end());
  std::mt19937 engine(numbers.front() ^ seed);
  std::vector<int> chosen;
  std::sample(all.begin(), all.end(), std::back_inserter(chosen), sample, engine);
  return chosen;
}

void report(const std::string& campaign, int plans, int differences, Handshakes handshakes) {
  std::printf("campaign %s: %d plans, %d differences, %d handshakes, %d failed\n", campaign.c_str(), plans, differences,
              handshakes.made, handshakes.failed);
  // What was finished counts, also when the time is over before the rest.
  std::fflush(stdout);
}

}  // namespace support
