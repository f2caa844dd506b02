// YAML files as the JSON documents that Kubernetes users mean by them, and back. Scalars follow the YAML 1.2 core
// schema: only true and false are booleans, quoted text stays text. The only place that sees yaml-cpp's exceptions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace certsync::manifests {

inline constexpr std::size_t kMostYamlNodes = 200'000;
inline constexpr std::size_t kMostYamlDepth = 64;
inline constexpr std::size_t kMostYamlDocuments = 10'000;

struct YamlDocument {
  /// From 1; documents without content are not counted.
  int number = 0;
  /// Line of the file on which it begins, from 1.
  int line = 0;
  /// Null when `error` is set.
  nlohmann::json value;
  /// "line 12: the key 'spec' is there twice"; never quotes values.
  std::string error;
};

/// Each document stands alone: an error in one hides no other. Aliases and merge keys are followed, and counted.
std::vector<YamlDocument> yaml_to_json(std::string_view text);
/// Only the documents in which `word` occurs: to find one object in a file of many without reading them all.
std::vector<YamlDocument> yaml_to_json_with(std::string_view text, std::string_view word);

/// Block style, members in their order; what yaml_to_json() reads back as the same value.
std::string to_yaml(const nlohmann::ordered_json& value);

/// Overwrites every text in it: for documents that held a Secret.
void wipe(nlohmann::json& value);

}  // namespace certsync::manifests
