#include "app/yaml_config.h"

#include <CLI/CLI.hpp>
#include <yaml-cpp/yaml.h>

namespace certsync::app {

std::vector<std::string> config_arguments(const std::string& path) {
  std::vector<std::string> arguments;
  try {
    const YAML::Node document = YAML::LoadFile(path);
    if (document.IsNull()) return arguments;
    if (!document.IsMap()) throw CLI::FileError(path + ": must be a map of flag names to values");
    for (const auto& entry : document) {
      const std::string flag = "--" + entry.first.as<std::string>() + "=";
      if (!entry.second.IsSequence()) {
        arguments.push_back(flag + entry.second.as<std::string>());
        continue;
      }
      for (const auto& value : entry.second)
        arguments.push_back(flag + value.as<std::string>());
    }
  } catch (const YAML::Exception& error) {
    throw CLI::FileError(path + ": " + error.what());
  }
  return arguments;
}

}  // namespace certsync::app
