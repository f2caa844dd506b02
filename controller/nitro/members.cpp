#include "nitro/members.h"

#include <charconv>

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace certsync::nitro {

using nlohmann::json;

std::string text_of(const json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end()) return "";
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number_integer()) return std::to_string(found->get<long long>());
  if (found->is_boolean()) return found->get<bool>() ? "true" : "false";
  return "";
}

std::optional<long long> number_of(const json& object, const char* member) {
  const std::string text = text_of(object, member);
  long long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

bool true_of(const json& object, const char* member) {
  const std::string text = to_lower(text_of(object, member));
  return text == "true" || text == "yes" || text == "enabled";
}

Result<std::vector<json>> elements(const std::string& body, const char* resource) {
  json document = json::parse(body, nullptr, false);
  if (!document.is_object()) {
    return fail(ErrorKind::Retry, Reason::NitroError, std::string(resource) + ": the answer is no JSON object");
  }
  std::vector<json> list;
  const auto found = document.find(resource);
  if (found == document.end()) return list;
  if (found->is_array()) {
    for (auto& element : *found) {
      if (element.is_object()) list.push_back(std::move(element));
    }
  } else if (found->is_object()) {
    list.push_back(std::move(*found));
  }
  return list;
}

}  // namespace certsync::nitro
