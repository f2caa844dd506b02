// Which program this is, and which libraries it runs with.
#pragma once

#include <string>

namespace certsync::app {

std::string version();
std::string revision();
/// Several lines for `certsync version`.
std::string version_text();

}  // namespace certsync::app
