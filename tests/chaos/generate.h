// Values for a schema, and changes of a value: some that the schema allows, some with one mistake. The same seed gives
// the same values on every machine.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "chaos/schema.h"
#include <nlohmann/json.hpp>

namespace chaos {

using Json = nlohmann::json;

/// What values mean, which no schema tells: by path, "spec.secretRef.name".
struct Pools {
  /// Taken instead of what the schema alone would give.
  std::map<std::string, std::vector<Json>> right;
  /// Of the right type and length, and wrong all the same.
  std::map<std::string, std::vector<Json>> wrong;
  /// How often an optional member is given, in percent; others by kUsually.
  std::map<std::string, int> chances;
  /// How often a change goes there, members that are not named count once.
  std::map<std::string, int> weights;
  /// Brings members into line that speak of each other, as the CEL rules want it.
  void (*agree)(Json& spec) = nullptr;
};

class Generator {
 public:
  Generator(const Schema& schema, const Pools& pools, std::mt19937& random)
      : schema_(schema), pools_(pools), random_(random) {}

  Json spec() { return value(schema_, "spec"); }
  /// Another form of it, with one to three changes. Most of them are right.
  Json changed(const Json& spec);
  /// One mistake more; `what` says which and where.
  Json spoiled(const Json& spec, std::string& what);

  /// 0 to `count` - 1.
  std::size_t pick(std::size_t count) { return random_() % count; }
  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }

 private:
  Json value(const Schema& schema, const std::string& path);
  Json text(const Schema& schema);
  Json integer(const Schema& schema);
  Json list(const Schema& schema, const std::string& path);
  Json object(const Schema& schema, const std::string& path);
  const std::string& member_of(const Schema& schema, const std::string& path);
  void change(Json& value, const Schema& schema, const std::string& path);
  void spoil(Json& value, const Schema& schema, const std::string& path, std::string& what);
  void break_here(Json& value, const Schema& schema, const std::string& path, std::string& what);

  const Schema& schema_;
  const Pools& pools_;
  std::mt19937& random_;
};

}  // namespace chaos
