#include "chaos/generate.h"

#include <algorithm>
#include <iterator>

namespace chaos {
namespace {

constexpr int kUsually = 25;
constexpr std::int64_t kMostEntries = 3;
constexpr std::int64_t kLongestWord = 12;
/// Rules across members are mostly kept: a form that is refused changes nothing.
constexpr int kInLine = 93;

bool is_container(const Schema& schema) {
  return schema.type == Type::Object || schema.type == Type::List;
}

bool has_members(const Schema& schema) {
  return schema.type == Type::Object && !schema.properties.empty();
}

}  // namespace

Json Generator::value(const Schema& schema, const std::string& path) {
  if (const auto pool = pools_.right.find(path); pool != pools_.right.end()) {
    return pool->second[pick(pool->second.size())];
  }
  if (!schema.words.empty()) return schema.words[pick(schema.words.size())];
  switch (schema.type) {
    case Type::Text:
      return text(schema);
    case Type::Integer:
      return integer(schema);
    case Type::Flag:
      return chance(50);
    case Type::List:
      return list(schema, path);
    case Type::Object:
      return object(schema, path);
  }
  return {};
}

Json Generator::text(const Schema& schema) {
  const auto least = schema.least.value_or(0);
  const auto most = std::max(least, std::min(schema.most.value_or(kLongestWord), kLongestWord));
  const auto length = least + static_cast<std::int64_t>(pick(static_cast<std::size_t>(most - least) + 1));
  std::string word;
  for (std::int64_t i = 0; i < length; ++i)
    word += static_cast<char>('a' + pick(26));
  return word;
}

Json Generator::integer(const Schema& schema) {
  const auto least = schema.least.value_or(0);
  const auto most = schema.most.value_or(least + 100);
  if (chance(20)) return chance(50) ? least : most;
  return least + static_cast<std::int64_t>(pick(static_cast<std::size_t>(most - least) + 1));
}

Json Generator::list(const Schema& schema, const std::string& path) {
  const auto least = std::max<std::int64_t>(schema.least.value_or(0), 0);
  const auto most = std::max(least, std::min(schema.most.value_or(kMostEntries), kMostEntries));
  const auto count = least + static_cast<std::int64_t>(pick(static_cast<std::size_t>(most - least) + 1));
  Json list = Json::array();
  for (std::int64_t i = 0; i < count; ++i) {
    Json entry = value(*schema.inner, path + "[]");
    if (schema.distinct && std::find(list.begin(), list.end(), entry) != list.end()) continue;
    list.push_back(std::move(entry));
  }
  return list;
}

Json Generator::object(const Schema& schema, const std::string& path) {
  Json object = Json::object();
  for (const auto& [name, property] : schema.properties) {
    const auto at = path + "." + name;
    const auto chosen = pools_.chances.find(at);
    const int percent = chosen == pools_.chances.end() ? kUsually : chosen->second;
    if (schema.required.count(name) != 0 || chance(percent)) object[name] = value(property, at);
  }
  if (pools_.agree != nullptr && path == "spec") pools_.agree(object);
  return object;
}

const std::string& Generator::member_of(const Schema& schema, const std::string& path) {
  std::vector<const std::string*> names;
  for (const auto& [name, property] : schema.properties) {
    const auto weight = pools_.weights.find(path + "." + name);
    names.insert(names.end(), static_cast<std::size_t>(weight == pools_.weights.end() ? 1 : weight->second), &name);
  }
  return *names[pick(names.size())];
}

Json Generator::changed(const Json& spec) {
  Json next = spec;
  for (std::size_t left = 1 + pick(3); left > 0; --left)
    change(next, schema_, "spec");
  if (pools_.agree != nullptr && chance(kInLine)) pools_.agree(next);
  return next;
}

void Generator::change(Json& value, const Schema& schema, const std::string& path) {
  if (pools_.right.count(path) == 0 && has_members(schema) && value.is_object()) {
    const auto& name = member_of(schema, path);
    const auto& property = schema.properties.at(name);
    const auto at = path + "." + name;
    const auto found = value.find(name);
    if (found == value.end()) {
      value[name] = this->value(property, at);
    } else if (is_container(property) && chance(70)) {
      change(*found, property, at);
    } else if (schema.required.count(name) == 0 && chance(30)) {
      value.erase(name);
    } else {
      *found = this->value(property, at);
    }
    return;
  }
  if (schema.type == Type::List && value.is_array() && !value.empty() && chance(80)) {
    const auto index = pick(value.size());
    const auto at = path + "[]";
    if (chance(35) && static_cast<std::int64_t>(value.size()) > schema.least.value_or(0)) {
      value.erase(index);
    } else if (chance(45)) {
      value.push_back(this->value(*schema.inner, at));
    } else {
      change(value[index], *schema.inner, at);
    }
    return;
  }
  value = this->value(schema, path);
}

Json Generator::spoiled(const Json& spec, std::string& what) {
  Json next = spec;
  spoil(next, schema_, "spec", what);
  return next;
}

void Generator::spoil(Json& value, const Schema& schema, const std::string& path, std::string& what) {
  const bool deeper = chance(path == "spec" ? 95 : 75);
  if (deeper && has_members(schema)) {
    const auto& name = member_of(schema, path);
    const auto& property = schema.properties.at(name);
    if (!value.contains(name)) value[name] = this->value(property, path + "." + name);
    return spoil(value[name], property, path + "." + name, what);
  }
  if (deeper && schema.type == Type::List) {
    if (value.empty()) value.push_back(this->value(*schema.inner, path + "[]"));
    return spoil(value[pick(value.size())], *schema.inner, path + "[]", what);
  }
  break_here(value, schema, path, what);
}

void Generator::break_here(Json& value, const Schema& schema, const std::string& path, std::string& what) {
  const auto say = [&](const char* how) { what = path + ": " + how; };
  if (const auto wrong = pools_.wrong.find(path); wrong != pools_.wrong.end() && chance(60)) {
    value = wrong->second[pick(wrong->second.size())];
    return say("means nothing");
  }
  if (has_members(schema) && chance(60)) {
    if (!schema.required.empty() && chance(50)) {
      value.erase(*std::next(schema.required.begin(), static_cast<std::ptrdiff_t>(pick(schema.required.size()))));
      return say("lacks a member");
    }
    value["unheardOf"] = 1;
    return say("has a member too many");
  }
  if (!schema.words.empty() && chance(60)) {
    value = schema.words.front() + "s";
    return say("is no word of the list");
  }
  if (schema.type == Type::Integer && schema.most && chance(60)) {
    value = chance(50) ? *schema.most + 1 : schema.least.value_or(0) - 1;
    return say("is out of bounds");
  }
  if (schema.type == Type::Text && schema.words.empty() && schema.most && *schema.most < 100'000 && chance(50)) {
    const bool brief = schema.least.value_or(0) > 0 && chance(50);
    value = brief ? std::string() : std::string(static_cast<std::size_t>(*schema.most) + 1, 'a');
    return say("is out of bounds");
  }
  if (schema.type == Type::List && schema.distinct && !value.empty() && chance(50)) {
    value.push_back(value.front());
    return say("has an entry twice");
  }
  value = schema.type == Type::Integer || schema.type == Type::Object ? Json("text") : Json(7);
  say("is of another type");
}

}  // namespace chaos
