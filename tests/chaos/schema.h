// The openAPIV3Schema of a CRD as plain data: what a generator needs to know of a value.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace chaos {

enum class Type { Text, Integer, Flag, List, Object };

struct Schema {
  Type type = Type::Object;
  std::map<std::string, Schema> properties;
  std::set<std::string> required;
  /// Of a list, or of an object that has any members ("additionalProperties").
  std::shared_ptr<const Schema> inner;
  /// The words of an enum.
  std::vector<std::string> words;
  /// Of the number, the length of the text or the count of the list.
  std::optional<std::int64_t> least;
  std::optional<std::int64_t> most;
  /// No two entries of the list may be the same.
  bool distinct = false;
  /// The CEL rules that begin here; nobody evaluates them in this process.
  std::vector<std::string> rules;
};

/// The schema of `spec` of crds/netscaler.certsync.io_PLURAL.yaml, its only version.
Schema read_spec_schema(const std::filesystem::path& crd);

/// Every value below the schema by path: "spec.bindings[].role"; entries of a map have "{}".
std::map<std::string, const Schema*> paths_of(const Schema& schema, const std::string& path);

}  // namespace chaos
