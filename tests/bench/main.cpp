// bench_appliance: one run of every figure of the appliance side, as JSON lines.
#include <iostream>
#include <map>
#include <string>

#include "bench/measurements.h"
#include <CLI/CLI.hpp>

#include "http/transport.h"

int main(int argc, char** argv) {
  const std::map<std::string, void (*)(const bench::Report&, bool)> measurements = {
      {"converged", bench::measure_converged},
      {"burst", bench::measure_burst},
      {"storm", bench::measure_storm},
      {"estate", bench::measure_estate}};
  CLI::App app("One run of what the appliance side costs, as JSON lines.");
  int run = 1;
  bool quick = false;
  std::string only;
  app.add_option("--run", run, "number of the run")->capture_default_str();
  app.add_flag("--quick", quick, "sizes of a handful: whether it works, not what it costs");
  app.add_option("--only", only, "one measurement: converged, burst, storm or estate (which is left out without this)")
      ->check(CLI::IsMember(measurements));
  CLI11_PARSE(app, argc, argv);
  certsync::http::initialize_threads(4);
  try {
    for (const auto& [name, measure] : measurements) {
      if (only == name || (only.empty() && (quick || name != "estate"))) measure(bench::Report(run), quick);
    }
  } catch (const std::exception& error) {
    std::cerr << "bench_appliance: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
