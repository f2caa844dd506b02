// The first two steps to a host, told apart for people: has its name an address, and does anybody listen there.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace certsync::probe {

struct Reached {
  /// "192.0.2.10:443"; empty = the name leads nowhere.
  std::vector<std::string> addresses;
  /// The first one that answered; empty = none.
  std::string connected;
  /// What went wrong, in words.
  std::string failure;
};

/// "host:port". Blocks for `timeout` at most.
Reached reach(const std::string& endpoint, std::chrono::milliseconds timeout, std::stop_token stop);

}  // namespace certsync::probe
