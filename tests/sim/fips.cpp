// Keys in the hardware module: a certkey names one instead of a key file.
#include <algorithm>

#include "sim/listing.h"
#include "sim/resources.h"

namespace sim {
namespace {

Json entry_of(const FipsKeyOptions& key) {
  return {Json::Object{{"fipskeyname", key.name}, {"keytype", "RSA"}, {"exponent", "F4"}, {"modulus", 2048}}};
}

}  // namespace

Reply handle_sslfipskey(State& state, const Call& call) {
  if (call.method != "GET") return failure(1240);
  Json::Array items;
  for (const auto& key : state.options.fips_keys) {
    if (call.name.empty() || call.name == key.name) items.push_back(entry_of(key));
  }
  if (!call.name.empty() && items.empty()) return failure(1632);
  return listing(call, std::move(items));
}

}  // namespace sim
