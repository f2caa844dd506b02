#include "app/yaml_config.h"

#include <yaml-cpp/yaml.h>

namespace certsync::app {

std::string YamlConfig::to_config(const CLI::App*, bool, bool, std::string) const {
  return "";
}

std::vector<CLI::ConfigItem> YamlConfig::from_config(std::istream& input) const {
  try {
    const YAML::Node document = YAML::Load(input);
    std::vector<CLI::ConfigItem> found;
    if (document.IsNull()) return found;
    if (!document.IsMap()) throw CLI::FileError("the configuration file must be a map of flag names to values");
    for (const auto& entry : document) {
      CLI::ConfigItem item;
      item.name = entry.first.as<std::string>();
      if (entry.second.IsSequence()) {
        for (const auto& value : entry.second)
          item.inputs.push_back(value.as<std::string>());
      } else {
        item.inputs.push_back(entry.second.as<std::string>());
      }
      found.push_back(std::move(item));
    }
    return found;
  } catch (const YAML::Exception& error) {
    throw CLI::FileError(std::string("the configuration file is not the YAML it should be: ") + error.what());
  }
}

}  // namespace certsync::app
