// What is measured, and how it is told: one JSON line for each figure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace bench {

struct Figure {
  std::string figure;
  /// us, naive or limit.
  std::string who;
  std::string unit;
  double value = 0;
  /// Where on the curve of that name it lies.
  std::optional<double> x = {};
  std::string curve = {};
};

/// To stdout, each line as soon as it is known.
class Report {
 public:
  explicit Report(int run) : run_(run) {}
  void say(const Figure& figure) const;
  /// What takes minutes and is the same each time is measured once.

 private:
  int run_;
};

class Stopwatch {
 public:
  double milliseconds() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// Of this process, all threads, user and system.
double cpu_milliseconds();
/// What is resident now, free memory of the heap given back first; and the most since reset_peak().
double resident_megabytes();
double peak_megabytes();
void reset_peak();
/// Calls of operator new in this process.
std::uint64_t allocations();

}  // namespace bench
