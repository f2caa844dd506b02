#include <CLI/Error.hpp>

#include "app/yaml_config.h"
#include "fuzz/holds.h"
#include "fuzz/targets.h"
#include "support/temp_folder.h"

namespace fuzz {
namespace {

void config(std::string_view text) {
  static const support::TempFolder kFolder;
  kFolder.write("config.yaml", std::string(text));
  try {
    for (const auto& argument : certsync::app::config_arguments((kFolder / "config.yaml").string()))
      must_hold(argument.starts_with("--") && argument.find('=') != std::string::npos, "no flag: " + argument);
  } catch (const CLI::FileError& error) {
    must_hold(!std::string_view(error.what()).empty(), "an error without a message");
  }
}

}  // namespace

std::vector<Target> app_targets() {
  return {{"yaml_config", run<config>}};
}

}  // namespace fuzz
