// chaos_objects SEED COUNT: generated objects of both kinds, one JSON line each, with the mistake that was made on
// purpose and what the codec finds wrong: {"object": {...}, "problems": ["spec.x: ..."], "mistake": "spec.x: ..."}
#include <cstdlib>
#include <iostream>

#include "chaos/kinds.h"
#include "chaos/pools.h"

namespace {

using chaos::Json;

struct Source {
  chaos::Generator generator;
  Json spec;

  Source(const chaos::Schema& schema, const chaos::Pools& pools, std::mt19937& random)
      : generator(schema, pools, random), spec(generator.spec()) {}

  Json next(std::string& mistake) {
    if (generator.chance(40)) return generator.spoiled(spec, mistake);
    spec = generator.chance(15) ? generator.spec() : generator.changed(spec);
    return spec;
  }
};

void print(const Json& object, const std::vector<std::string>& problems, const std::string& mistake) {
  std::cout << Json{{"object", object}, {"problems", problems}, {"mistake", mistake}}.dump() << "\n";
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "usage: chaos_objects SEED COUNT\n";
    return 3;
  }
  std::mt19937 random(static_cast<unsigned>(std::atoi(words[1])));
  Source syncs(chaos::sync_schema(), chaos::sync_pools(), random);
  Source appliances(chaos::appliance_schema(), chaos::appliance_pools(), random);
  for (int i = 0; i < std::atoi(words[2]); ++i) {
    const auto name = "case-" + std::to_string(i);
    std::string mistake;
    if (i % 3 == 2) {
      const Json spec = appliances.next(mistake);
      print(chaos::appliance_object(name, spec), chaos::read_appliance(spec).problems, mistake);
    } else {
      const Json spec = syncs.next(mistake);
      print(chaos::sync_object(name, spec), chaos::read_sync(spec).problems, mistake);
    }
  }
  return 0;
}
