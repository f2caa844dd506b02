// The configuration file: a flat YAML map with the names of the flags, as arguments.
#pragma once

#include <string>
#include <vector>

namespace certsync::app {

/// "--name=value" for each entry; several for a list. Throws CLI::FileError with a message for people.
std::vector<std::string> config_arguments(const std::string& path);

}  // namespace certsync::app
