#include <nlohmann/json.hpp>

#include "codec/fields.h"
#include "codec/objects.h"
#include "fuzz/holds.h"
#include "fuzz/targets.h"

namespace fuzz {
namespace {

using namespace certsync;
using namespace certsync::codec;
using nlohmann::json;

/// Only what the readers before codec let through.
std::optional<json> object_of(std::string_view text) {
  const auto cut = [](int depth, json::parse_event_t, json&) { return depth < 100; };
  auto object = json::parse(text, cut, false);
  return object.is_object() ? std::optional(std::move(object)) : std::nullopt;
}

void all_must_be_sound(const std::vector<std::string>& problems) {
  must_hold(problems.size() <= 64, "a status of " + std::to_string(problems.size()) + " problems");
  for (const auto& problem : problems) {
    must_hold(problem.find(": ") != std::string::npos, "a problem without a path: " + problem);
    must_hold(problem.size() <= 2048, "a problem of " + std::to_string(problem.size()) + " bytes");
    must_hold(!has_control_characters(problem), "a problem of several lines");
  }
}

void objects(std::string_view text) {
  const auto object = object_of(text);
  if (!object) return;
  for (const auto dialect : {Dialect::Standalone, Dialect::Cluster}) {
    if (const auto sync = decode_cert_sync(*object, dialect)) {
      all_must_be_sound(sync->problems);
      must_hold(immutable_change(sync->spec, sync->spec).empty(), "a spec differs from itself");
      must_hold(dns_subdomain(sync->meta.ref.name).empty(), "a name that Kubernetes refuses");
    } else {
      must_be_sound(sync.error());
    }
    if (const auto appliance = decode_appliance(*object, dialect)) {
      all_must_be_sound(appliance->problems);
      must_hold(immutable_change(appliance->spec, appliance->spec).empty(), "a spec differs from itself");
      must_hold(dns_subdomain(appliance->meta.ref.name).empty(), "a name that Kubernetes refuses");
    } else {
      must_be_sound(appliance.error());
    }
  }
}

/// The Secret without its values: what a message may quote.
std::string without_values(json object) {
  for (const auto* member : {"data", "stringData"}) {
    const auto entries = object.find(member);
    if (entries == object.end()) continue;
    if (!entries->is_object()) {
      *entries = nullptr;
      continue;
    }
    for (auto& entry : *entries)
      entry = nullptr;
  }
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

void secret(std::string_view text) {
  const auto object = object_of(text);
  if (!object) return;
  const auto secret = decode_secret(*object);
  if (!secret) {
    must_be_sound(secret.error());
    const bool elsewhere = without_values(*object).find(kPlanted) != std::string::npos;
    must_hold(elsewhere || secret.error().message.find(kPlanted) == std::string::npos, "an error tells a value");
    return;
  }
  std::size_t bytes = 0;
  for (const auto& [key, value] : secret->data) {
    must_hold(data_key(key).empty(), "a key that Kubernetes refuses");
    bytes += value.size();
  }
  must_hold(bytes <= 1024 * 1024, "a Secret larger than Kubernetes takes");
}

template <class Decode>
void must_come_back(const json& object, Decode decode) {
  const auto written = encode_status(decode(object));
  const auto text = written.dump(-1, ' ', false, json::error_handler_t::replace);
  const auto again = encode_status(decode(json::parse(text)));
  must_hold(again.dump(-1, ' ', false, json::error_handler_t::replace) == text, "a status reads differently: " + text);
}

void status(std::string_view text) {
  const auto object = object_of(text);
  if (!object) return;
  must_come_back(*object, decode_cert_sync_status);
  must_come_back(*object, decode_appliance_status);
}

}  // namespace

std::vector<Target> codec_targets() {
  return {{"objects", run<objects>}, {"secret", run<secret>}, {"status", run<status>}};
}

}  // namespace fuzz
