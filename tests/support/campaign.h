// How much of a campaign runs: a sample in each test run, all of it in `./dev chaos`.
#pragma once

#include <string>
#include <vector>

namespace support {

/// How much of a campaign runs. CERTSYNC_CHAOS=all makes it whole, CERTSYNC_SEED chooses what is taken of it.
struct Campaign {
  Campaign();
  bool whole = false;
  unsigned seed = 1;
  /// So many of 1 … count, in rising order; all of them if whole.
  std::vector<int> pick(int count, int sample, const std::string& salt) const;
};

/// Of clients of the appliance, meanwhile.
struct Handshakes {
  int made = 0;
  int failed = 0;
};

/// One line for the table of ./dev chaos.
void report(const std::string& campaign, int plans, int differences, Handshakes handshakes = {});

}  // namespace support
