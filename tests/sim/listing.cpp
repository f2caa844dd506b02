#include "sim/listing.h"

#include <algorithm>
#include <regex>
#include <set>
#include <utility>

#include "base/encoding.h"

namespace sim {
namespace {

struct Condition {
  std::string attribute;
  std::string value;
  bool is_regex = false;
  std::regex regex;

  bool holds(const Json& item) const {
    const Json* found = item.find(attribute);
    if (found == nullptr) return false;
    const std::string text = found->text();
    return is_regex ? std::regex_search(text, regex) : text == value;
  }
};

/// A value between slashes is a regular expression, and may then hold commas.
std::vector<Condition> parse_filter(std::string_view text) {
  std::vector<Condition> conditions;
  while (!text.empty()) {
    Condition condition;
    const auto colon = text.find(':');
    condition.attribute = certsync::to_lower(text.substr(0, colon));
    text = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
    const auto closing = text.starts_with('/') ? text.rfind("/,") : std::string_view::npos;
    const auto end =
        text.starts_with('/') ? (closing == std::string_view::npos ? closing : closing + 1) : text.find(',');
    condition.value = std::string(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    const std::string& value = condition.value;
    if (value.size() >= 2 && value.front() == '/' && value.back() == '/') {
      condition.is_regex = true;
      condition.regex = std::regex(value.substr(1, value.size() - 2));
    }
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

Json only_attributes(const Json& item, const std::set<std::string>& wanted) {
  Json::Object members;
  for (const auto& member : item.object()) {
    if (wanted.contains(member.name)) members.push_back(member);
  }
  return {std::move(members)};
}

std::set<std::string> names_in(const std::string& list) {
  std::set<std::string> names;
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const auto end = std::min(list.find(',', begin), list.size());
    names.emplace(certsync::trim(std::string_view(list).substr(begin, end - begin)));
    begin = end + 1;
  }
  return names;
}

}  // namespace

Reply listing(const Call& call, Json::Array items) {
  if (!call.filter.empty()) {
    std::vector<Condition> conditions;
    try {
      conditions = parse_filter(call.filter);
    } catch (const std::regex_error&) {
      return failure(1097, "filter");
    }
    std::erase_if(items, [&](const Json& item) {
      return !std::all_of(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.holds(item); });
    });
  }
  if (call.count) return list_of(call.resource, {Json(Json::Object{{"__count", items.size()}})});
  if (call.page_size > 0) {
    const auto size = static_cast<std::size_t>(call.page_size);
    const auto begin = std::min(items.size(), size * static_cast<std::size_t>(call.page_number - 1));
    const auto end = std::min(items.size(), begin + size);
    items = Json::Array(std::make_move_iterator(items.begin() + static_cast<std::ptrdiff_t>(begin)),
                        std::make_move_iterator(items.begin() + static_cast<std::ptrdiff_t>(end)));
  }
  if (!call.attrs.empty()) {
    const auto wanted = names_in(call.attrs);
    for (auto& item : items) {
      item = only_attributes(item, wanted);
    }
  }
  return list_of(call.resource, std::move(items));
}

}  // namespace sim
