#include "chaos/schema.h"

#include <stdexcept>

#include <yaml-cpp/yaml.h>

namespace chaos {
namespace {

Type type_of(const std::string& word) {
  static const std::map<std::string, Type> kTypes = {{"string", Type::Text},
                                                     {"integer", Type::Integer},
                                                     {"boolean", Type::Flag},
                                                     {"array", Type::List},
                                                     {"object", Type::Object}};
  return kTypes.at(word);
}

std::optional<std::int64_t> first_of(const YAML::Node& node, const std::vector<const char*>& names) {
  for (const char* name : names) {
    if (node[name]) return node[name].as<std::int64_t>();
  }
  return std::nullopt;
}

Schema read(const YAML::Node& node) {
  Schema schema;
  schema.type = type_of(node["type"].as<std::string>());
  for (const auto& property : node["properties"])
    schema.properties.emplace(property.first.as<std::string>(), read(property.second));
  for (const auto& name : node["required"])
    schema.required.insert(name.as<std::string>());
  for (const char* inner : {"items", "additionalProperties"}) {
    if (node[inner]) schema.inner = std::make_shared<const Schema>(read(node[inner]));
  }
  for (const auto& word : node["enum"])
    schema.words.push_back(word.as<std::string>());
  schema.least = first_of(node, {"minimum", "minLength", "minItems"});
  schema.most = first_of(node, {"maximum", "maxLength", "maxItems", "maxProperties"});
  const auto kind = node["x-kubernetes-list-type"].as<std::string>("");
  schema.distinct = kind == "set" || kind == "map";
  for (const auto& rule : node["x-kubernetes-validations"])
    schema.rules.push_back(rule["rule"].as<std::string>());
  return schema;
}

}  // namespace

Schema read_spec_schema(const std::filesystem::path& crd) {
  const auto document = YAML::LoadFile(crd.string());
  const auto versions = document["spec"]["versions"];
  if (versions.size() != 1) throw std::runtime_error(crd.string() + " has another number of versions than one");
  return read(versions[0]["schema"]["openAPIV3Schema"]["properties"]["spec"]);
}

std::map<std::string, const Schema*> paths_of(const Schema& schema, const std::string& path) {
  std::map<std::string, const Schema*> paths = {{path, &schema}};
  for (const auto& [name, property] : schema.properties)
    paths.merge(paths_of(property, path + "." + name));
  if (schema.inner) paths.merge(paths_of(*schema.inner, path + (schema.type == Type::List ? "[]" : "{}")));
  return paths;
}

}  // namespace chaos
