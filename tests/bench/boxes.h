// Simulated appliances in a process of their own, so that what they cost is not taken for ours.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "e2e/child.h"

namespace bench {

struct Box {
  /// "https://127.0.0.1:PORT"
  std::string nitro;
  std::string fingerprint;
  /// "http://127.0.0.1:PORT", how it is told to misbehave.
  std::string control;
};

class Boxes {
 public:
  /// Each with one virtual server, vs_www. Throws when they do not come up.
  explicit Boxes(int count);

  const std::vector<Box>& all() const { return boxes_; }
  const Box& operator[](std::size_t index) const { return boxes_[index]; }
  /// Every answer takes so long from now on.
  void delay(int milliseconds);
  /// Requests so far: all, and those that write.
  struct Requests {
    double all = 0;
    double writes = 0;
  };
  Requests requests(std::size_t index) const;
  double resident_megabytes() const;

 private:
  e2e::Child child_;
  std::vector<Box> boxes_;
};

inline constexpr char kUser[] = "nsroot";
inline constexpr char kPassword[] = "nsroot-password";

}  // namespace bench
