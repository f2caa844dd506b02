// Members of NITRO's JSON, read as builds write them: numbers may be strings, lists may be objects, anything may be
// absent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"

namespace certsync::nitro {

/// A scalar as text; empty for the rest.
std::string text_of(const nlohmann::json& object, const char* member);
std::optional<long long> number_of(const nlohmann::json& object, const char* member);
/// true, "YES", "ENABLED".
bool true_of(const nlohmann::json& object, const char* member);

/// The elements of `resource`: a list, a single object, or nothing at all when there is none.
Result<std::vector<nlohmann::json>> elements(const std::string& body, const char* resource);

}  // namespace certsync::nitro
