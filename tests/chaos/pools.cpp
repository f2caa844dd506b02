#include "chaos/pools.h"

#include <algorithm>
#include <set>

namespace chaos {
namespace {

const char* const kTargets[] = {"virtualServer", "service", "serviceGroup"};

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Json list_of(const char* name, const char* value) {
  return {{name, value}};
}

void keep_one(Json& object, const std::vector<const char*>& names) {
  bool kept = false;
  for (const char* name : names) {
    if (kept) object.erase(name);
    kept = kept || object.contains(name);
  }
}

void agree_binding(Json& binding, bool selects) {
  if (!binding.is_object()) return;
  keep_one(binding, {kTargets[0], kTargets[1], kTargets[2]});
  const bool server = binding.contains("virtualServer");
  if (!server && !binding.contains("service") && !binding.contains("serviceGroup")) binding["virtualServer"] = "vs_www";
  if (!binding.contains("virtualServer")) binding.erase("role");
  if (selects) {
    binding.erase("service");
    binding.erase("serviceGroup");
    if (!binding.contains("virtualServer")) binding["virtualServer"] = "vs_shop";
    binding["role"] = "sni";
  }
  if (text_of(binding, "role") != "sni") binding.erase("enableSNI");
}

std::set<std::string> slots_of(const Json& binding) {
  std::set<std::string> slot;
  for (const char* name : kTargets)
    slot.insert(std::string(name) + text_of(binding, name));
  slot.insert(text_of(binding, "role") == "sni" ? "sni" : "default");
  return slot;
}

void agree_bindings(Json& spec, bool selects) {
  const auto bindings = spec.find("bindings");
  if (bindings == spec.end() || !bindings->is_array()) return;
  Json kept = Json::array();
  std::set<std::set<std::string>> known;
  bool sni = false;
  for (auto& binding : *bindings) {
    agree_binding(binding, selects);
    if (!known.insert(slots_of(binding)).second) continue;
    sni = sni || text_of(binding, "role") == "sni";
    kept.push_back(std::move(binding));
  }
  *bindings = std::move(kept);
  if (sni && text_of(spec, "updatePolicy") == "NewCertKey") spec.erase("updatePolicy");
}

// Immutable, so it is the spec that gives way.
bool takes_many(const Json& spec) {
  const auto name = text_of(spec.value("certKey", Json::object()), "name");
  return name.empty() || name.find("secret") != std::string::npos;
}

void agree_sync(Json& spec) {
  if (!spec.is_object()) return;
  keep_one(spec, {"secretRef", "selector"});
  if (!takes_many(spec)) spec.erase("selector");
  if (!spec.contains("selector") && !spec.contains("secretRef")) spec["secretRef"] = list_of("name", "www-tls");
  keep_one(spec, {"appliances", "applianceSelector"});
  if (!spec.contains("appliances") && !spec.contains("applianceSelector"))
    spec["appliances"] = Json::array({list_of("name", "edge")});
  agree_bindings(spec, spec.contains("selector"));
}

void agree_appliance(Json& spec) {
  if (!spec.is_object() || !spec.contains("grants") || !spec["grants"].is_array()) return;
  for (auto& grant : spec["grants"]) {
    if (!grant.is_object() || !grant.contains("namespaces") || !grant["namespaces"].is_object()) continue;
    Json& whose = grant["namespaces"];
    const auto from = text_of(whose, "from");
    if (from != "Selector") whose.erase("selector");
    if (from != "Names") whose.erase("names");
    if (from == "Selector" && !whose.contains("selector")) whose["selector"] = Json::object();
    if (from == "Names" && !whose.contains("names")) whose["names"] = {"default"};
  }
}

const std::vector<Json>& windows() {
  static const std::vector<Json> kWindows = {
      Json::array(),
      // Always open, from one day to the next.
      Json::parse(R"([{"schedule": "0 0 * * *", "duration": "24h"}])"),
      Json::parse(R"([{"schedule": "*/30 * * * *", "duration": "1h", "timeZone": "Europe/Berlin"}])"),
      // Seldom.
      Json::parse(R"([{"schedule": "0 3 * * *", "duration": "1h"}])"),
      Json::parse(R"([{"schedule": "0 22 * * sat", "duration": "90m", "timeZone": "America/New_York"}])"),
      Json::parse(R"([{"schedule": "0 3 29 2 *", "duration": "1m"}])"),
      // Not within a lifetime of these certificates.
      Json::parse(R"([{"schedule": "0 3 1 dec *", "duration": "1h", "timeZone": "Asia/Kolkata"}])"),
  };
  return kWindows;
}

const std::vector<Json>& bad_windows() {
  static const std::vector<Json> kWindows = {
      Json::parse(R"([{"schedule": "0 25 * * *", "duration": "1h"}])"),
      Json::parse(R"([{"schedule": "0 3 * *", "duration": "1h"}])"),
      Json::parse(R"([{"schedule": "0 3 * * *", "duration": "59s"}])"),
      Json::parse(R"([{"schedule": "0 3 * * *", "duration": "169h"}])"),
      Json::parse(R"([{"schedule": "@daily   ", "duration": "1h"}])"),
      Json::parse(R"([{"schedule": "0 3 * * *"}])"),
  };
  return kWindows;
}

const std::vector<Json>& selectors() {
  static const std::vector<Json> kSelectors = {
      Json::object(),
      Json::parse(R"({"matchLabels": {"site": "one"}})"),
      Json::parse(R"({"matchLabels": {"site": "nowhere"}})"),
      Json::parse(R"({"matchExpressions": [{"key": "site", "operator": "In", "values": ["one", "two"]}]})"),
      Json::parse(R"({"matchExpressions": [{"key": "site", "operator": "NotIn", "values": ["one"]}]})"),
      Json::parse(R"({"matchExpressions": [{"key": "site", "operator": "Exists"}]})"),
      Json::parse(
          R"({"matchExpressions": [{"key": "old", "operator": "DoesNotExist"}], "matchLabels": {"site": "two"}})"),
  };
  return kSelectors;
}

const std::vector<Json>& bad_selectors() {
  static const std::vector<Json> kSelectors = {
      Json::parse(R"({"matchExpressions": [{"key": "site", "operator": "In"}]})"),
      Json::parse(R"({"matchExpressions": [{"key": "site", "operator": "Exists", "values": ["one"]}]})"),
      Json::parse(R"({"matchLabels": {"": "one"}})"),
  };
  return kSelectors;
}

const std::vector<Json>& bad_object_names() {
  static const std::vector<Json> kNames = {"Www-TLS", "www_tls", "-www", "www-", "www..tls", "www tls"};
  return kNames;
}

const std::vector<Json>& bad_durations() {
  static const std::vector<Json> kDurations = {"10", "ten minutes", "-5s", "1.5h", "1d", "99999h"};
  return kDurations;
}

}  // namespace

const Pools& sync_pools() {
  static const Pools kPools = [] {
    Pools pools;
    pools.agree = agree_sync;
    pools.right = {
        {"spec.secretRef.name",
         {"www-tls",    "www-tls",  "www-tls",    "shop-tls",  "rsa-tls",    "deep-tls", "nameless-tls",
          "locked-tls", "store",    "broken-tls", "ended-tls", "coming-tls", "missing",  "rival-tls",
          "soon-tls",   "www-tls",  "shop-tls",   "shop-tls",  "shop-tls",   "rsa-tls",  "rsa-tls",
          "deep-tls",   "deep-tls", "soon-tls",   "soon-tls"}},
        {"spec.selector",
         {Json::parse(R"({"matchLabels": {"use": "web"}})"), Json::parse(R"({"matchLabels": {"use": "none"}})"),
          Json::parse(R"({"matchExpressions": [{"key": "use", "operator": "In", "values": ["web", "more"]}]})"),
          Json::parse(
              R"({"matchExpressions": [{"key": "use", "operator": "NotIn", "values": ["odd", "more"]}, {"key": "use", "operator": "Exists"}]})")}},
        {"spec.appliances[].name",
         {"edge", "edge", "edge", "edge", "edge", "edge", "edge", "core", "core", "core", "core", "core", "nowhere"}},
        {"spec.applianceSelector", selectors()},
        {"spec.certKey.name",
         {"{{namespace}}_{{secret}}", "{{namespace}}_{{secret}}", "{{ secret }}", "www",
          "{{name}}-{{secret}}-of-a-rather-long-name", "taken", "rival"}},
        {"spec.bindings[].virtualServer",
         {"vs_www", "vs_www", "vs_www", "vs_www", "vs_shop", "vs_shop", "vs_shop", "vs_shop", "vs_shop", "vs_api",
          "vs_gate", "vs_plain", "vs_rival", "vs_legacy", "vs_none"}},
        {"spec.bindings[].service", {"backend", "backend", "backend", "backend", "backend", "none"}},
        {"spec.bindings[].serviceGroup", {"pool", "pool", "pool", "pool", "none"}},
        {"spec.source.certificateKey",
         {"tls.crt", "tls.crt", "tls.crt", "tls.crt", "tls.crt", "tls.crt", "tls.crt", "keystore.p12", "none.crt"}},
        {"spec.source.privateKeyKey",
         {"tls.key", "tls.key", "tls.key", "tls.key", "tls.key", "tls.key", "tls.key", "none.key"}},
        {"spec.source.passwordSecretRef.name", {"password", "password", "missing"}},
        {"spec.source.passwordSecretRef.key", {"word", "word", "wrong", "none"}},
        {"spec.source.fipsKey", {"", "", "", "card", "card", "none"}},
        {"spec.deployWindows.windows", windows()},
        {"spec.deployWindows.urgentBefore", {"72h", "0s", "8784h", "30m", "1h30m"}},
        {"spec.verification.timeout", {"5s", "1s", "1m", "1500ms"}},
        {"spec.verification.endpoints[].address",
         {"10.0.0.1:10000", "10.0.0.1:10002", "10.0.0.1:10005", "192.0.2.7:443"}},
        {"spec.verification.endpoints[].serverName", {"", "www.example.com", "none.example.com"}},
        {"spec.certKey.maxNameLength", {31, 16, 63, 20}},
        // What stops everything is to stop only now and then.
        {"spec.suspend", {false, false, false, false, false, false, true}},
        {"spec.dryRun", {false, false, false, false, false, false, true}},
    };
    pools.wrong = {
        {"spec.secretRef.name", bad_object_names()},
        {"spec.selector", bad_selectors()},
        {"spec.applianceSelector", bad_selectors()},
        {"spec.appliances[].name", bad_object_names()},
        {"spec.certKey.name", {"{{cluster}}", "{{secret", "-www", "www/1", "ns-www", "cs-ca-0"}},
        {"spec.bindings[].virtualServer", {"vs\n", "vs\x01www"}},
        {"spec.source.certificateKey", {"tls/crt", "tls crt"}},
        {"spec.source.privateKeyKey", {"tls/key"}},
        {"spec.source.passwordSecretRef.name", bad_object_names()},
        {"spec.source.passwordSecretRef.key", {"a b"}},
        {"spec.source.fipsKey", {"-card", "card/1"}},
        {"spec.deployWindows.windows", bad_windows()},
        {"spec.deployWindows.urgentBefore", bad_durations()},
        {"spec.verification.timeout", bad_durations()},
        {"spec.verification.endpoints[].address", {"10.0.0.1", "https://10.0.0.1:443", "host:0", "host:65536"}},
        {"spec.verification.endpoints[].serverName", {"www example", "www/com"}},
    };
    pools.chances = {{"spec.bindings", 90},
                     {"spec.selector", 12},
                     {"spec.suspend", 5},
                     {"spec.dryRun", 5},
                     {"spec.secretRef", 90},
                     {"spec.appliances", 85},
                     {"spec.source", 15},
                     {"spec.deployWindows", 10},
                     {"spec.certKey.maxNameLength", 10},
                     {"spec.source.fipsKey", 10},
                     {"spec.bindings[].virtualServer", 85},
                     {"spec.bindings[].service", 12},
                     {"spec.bindings[].serviceGroup", 12},
                     {"spec.domainCheck", 10}};
    pools.weights = {{"spec.bindings", 6}, {"spec.secretRef", 3}, {"spec.appliances", 3}, {"spec.source", 2}};
    return pools;
  }();
  return kPools;
}

const Pools& appliance_pools() {
  static const Pools kPools = [] {
    Pools pools;
    pools.agree = agree_appliance;
    const Json edge = Json::array({"https://edge"});
    pools.right = {
        {"spec.endpoints",
         {edge, edge, edge, edge, edge, edge, Json::array({"https://spare"}), Json::array({"https://nowhere"}),
          Json::array({"https://nowhere", "https://edge"})}},
        {"spec.credentialsSecretRef.name",
         {"nitro", "nitro", "nitro", "nitro", "nitro-too", "nitro-too", "nitro-wrong", "missing"}},
        {"spec.tls.caBundle", {"", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"}},
        {"spec.tls.serverName", {"", "edge.example.com"}},
        {"spec.tls.fingerprints[]", {"sha256:" + std::string(64, 'a'), "SHA256:" + std::string(64, 'B')}},
        {"spec.partition", {"", "", "p1"}},
        {"spec.grants[].namespaces.from", {"All", "All", "Names", "Names", "Selector"}},
        {"spec.grants[].namespaces.selector", selectors()},
        {"spec.grants[].namespaces.names[]", {"default", "default", "default", "team-b"}},
        {"spec.grants[].roles",
         {Json::array({"default", "sni"}), Json::array({"sni", "default"}), Json::array({"sni"}),
          Json::array({"default"})}},
        {"spec.grants[].targets[]", {"*", "*", "*", "*", "vs_*", "vs_*", "vs_www", "vs_sho?", "backend", "none"}},
        {"spec.deployWindows.windows", windows()},
        {"spec.deployWindows.urgentBefore", {"72h", "0s", "8784h", "30m", "1h30m"}},
        {"spec.resyncPeriod", {"10m", "5s", "24h", "1h30m"}},
        {"spec.requestTimeout", {"30s", "1s", "10m"}},
        {"spec.deletionTimeout", {"24h", "0s", "8784h", "1h"}},
        {"spec.suspend", {false, false, false, false, false, false, true}},
    };
    pools.wrong = {
        {"spec.endpoints",
         {Json::array({"http://edge"}), Json::array({"https://edge/nitro"}), Json::array({"https://nsroot@edge"}),
          Json::array(), Json::array({"https://edge", "https://core", "https://spare"})}},
        {"spec.credentialsSecretRef.name", bad_object_names()},
        {"spec.tls.caBundle", {"MIIB"}},
        {"spec.tls.serverName", {"edge example", "edge/x"}},
        {"spec.tls.fingerprints[]", {"sha256:" + std::string(64, 'g'), "sha1:" + std::string(66, 'a')}},
        {"spec.partition", {"-p1", "p/1"}},
        {"spec.grants[].namespaces.selector", bad_selectors()},
        {"spec.grants[].namespaces.names[]", {"Default", "team_b", "-"}},
        {"spec.deployWindows.windows", bad_windows()},
        {"spec.deployWindows.urgentBefore", bad_durations()},
        {"spec.resyncPeriod", bad_durations()},
        {"spec.requestTimeout", bad_durations()},
        {"spec.deletionTimeout", bad_durations()},
    };
    pools.chances = {{"spec.grants", 30},           {"spec.suspend", 5},        {"spec.partition", 15},
                     {"spec.grants[].targets", 95}, {"spec.deployWindows", 15}, {"spec.grants[].adopt", 50},
                     {"spec.grants[].roles", 15}};
    pools.weights = {{"spec.grants", 2}, {"spec.encryptKeys", 2}, {"spec.saveConfig", 2}};
    return pools;
  }();
  return kPools;
}

}  // namespace chaos
