#include "bench/measure.h"

#include <fstream>
#include <iostream>
#include <string>

#include <malloc.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace bench {
namespace {

double status_megabytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stod(line.substr(field.size() + 1)) / 1024;
  }
  return 0;
}

}  // namespace

void Report::say(const Figure& figure) const {
  nlohmann::json line = {
      {"figure", figure.figure}, {"who", figure.who}, {"unit", figure.unit}, {"value", figure.value}, {"run", run_}};
  if (figure.x) line["x"] = *figure.x;
  if (!figure.curve.empty()) line["curve"] = figure.curve;
  std::cout << line.dump() << std::endl;
}

double cpu_milliseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

double resident_megabytes() {
  malloc_trim(0);
  return status_megabytes("VmRSS:");
}

double peak_megabytes() {
  return status_megabytes("VmHWM:");
}

void reset_peak() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

}  // namespace bench
