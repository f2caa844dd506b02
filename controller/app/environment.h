// Variables of the environment, read before there are threads.
#pragma once

#include <optional>
#include <string>

namespace certsync::app {

/// Nothing where it is not set.
std::optional<std::string> environment(const std::string& name);

}  // namespace certsync::app
