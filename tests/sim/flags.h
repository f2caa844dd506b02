// The command line of nitro-sim.
#pragma once

#include <string>
#include <vector>

#include "sim/options.h"

namespace CLI {
class App;
}

namespace sim {

struct Flags {
  Options options;
  std::vector<std::string> vservers = {"vs_www", "vs_sni:sni"};
  std::vector<std::string> partitions;
  std::vector<std::string> services;
  std::vector<std::string> groups;
  std::vector<std::string> fips_keys;
  std::string secondary_writes = "refused";
  std::string failed_on_secondary = "warning";
  long busy_after_failover_ms = 0;
  std::string password_file;
  std::string certificate_dir;
  std::string listen;
  std::string certificate_file;
  std::string key_file;
  bool no_override = false;
  bool pair = false;
  int count = 1;
};

void declare(CLI::App& app, Flags& flags);
/// Puts what was said into `options`, reading files. Throws CLI::ValidationError.
void complete(Flags& flags);

}  // namespace sim
