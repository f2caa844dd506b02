// Members of the API server's objects, which may lack them or hold something else.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace certsync::kube {

/// Null where `object` is no object or has no such member.
inline const nlohmann::json* member(const nlohmann::json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

/// Empty where there is no such text.
inline std::string text_of(const nlohmann::json& object, const char* name) {
  const nlohmann::json* value = member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

}  // namespace certsync::kube
