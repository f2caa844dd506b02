#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "codec/objects.h"

namespace certsync::codec {
namespace {

using nlohmann::json;

/// A sound appliance with `patch` merged into its spec (null removes).
json appliance_with(const std::string& patch) {
  json object = json::parse(R"({
    "apiVersion": "netscaler.certsync.io/v1alpha1", "kind": "NetScalerAppliance", "metadata": {"name": "edge"},
    "spec": {"endpoints": ["https://192.0.2.10"], "credentialsSecretRef": {"name": "edge-nitro"}}})");
  object["spec"].merge_patch(json::parse(patch));
  return object;
}

std::string problems_of_appliance(const json& object, Dialect dialect = Dialect::Standalone) {
  const auto appliance = decode_appliance(object, dialect);
  if (!appliance) return "error " + to_text(appliance.error());
  std::string text;
  for (const auto& problem : appliance->problems)
    text += problem + "\n";
  return text;
}

TEST(ApplianceJson, ReadsEveryField) {
  const auto appliance = decode_appliance(json::parse(R"({
    "apiVersion": "netscaler.certsync.io/v1alpha1", "kind": "NetScalerAppliance",
    "metadata": {"name": "edge", "labels": {"site": "a"}, "generation": 7, "creationTimestamp": "2026-01-02T03:04:05Z"},
    "spec": {
      "endpoints": ["https://ns.example.com:8443"],
      "credentialsSecretRef": {"name": "edge-nitro"},
      "tls": {"caBundle": "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n", "serverName": "ns.example.com",
              "fingerprints": ["SHA256:00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"],
              "insecureSkipVerify": true},
      "saveConfig": "WhenOurs", "resyncPeriod": "1h30m", "requestTimeout": "5s", "maxConcurrentRequests": 2,
      "suspend": true,
      "grants": [{"namespaces": {"from": "Names", "names": ["team-a", "team-b"]}, "targets": ["vs_a_*", "vs_?"],
                  "roles": ["sni"], "adopt": true},
                 {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "c"}}}},
                 {"namespaces": {"from": "All"}, "targets": []}],
      "partition": "", "deployWindows": {"windows": [], "urgentBefore": "0s"}, "encryptKeys": false,
      "deletionTimeout": "2h"},
    "status": {"version": "anything"}})"),
                                          Dialect::Standalone);

  ASSERT_TRUE(appliance);
  EXPECT_EQ(appliance->problems, std::vector<std::string>{});
  EXPECT_EQ(appliance->meta.ref, (model::ObjectRef{"", "edge"}));
  EXPECT_EQ(appliance->meta.labels.at("site"), "a");
  EXPECT_EQ(appliance->meta.generation, 7);
  EXPECT_TRUE(appliance->meta.created);
  model::ApplianceSpec wanted;
  wanted.endpoints = {"https://ns.example.com:8443"};
  wanted.credentials_secret = "edge-nitro";
  wanted.tls.ca_bundle = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
  wanted.tls.server_name = "ns.example.com";
  wanted.tls.fingerprints = {"sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"};
  wanted.tls.insecure_skip_verify = true;
  wanted.save_config = model::SaveConfig::WhenOurs;
  wanted.resync_period = std::chrono::minutes(90);
  wanted.request_timeout = std::chrono::seconds(5);
  wanted.max_concurrent_requests = 2;
  wanted.suspend = true;
  wanted.deletion_timeout = std::chrono::hours(2);
  wanted.deploy_windows.urgent_before = std::chrono::milliseconds(0);
  const std::set<model::Role> both = {model::Role::Default, model::Role::Sni};
  wanted.grants = {
      {model::GrantFrom::Names, {}, {"team-a", "team-b"}, {"vs_a_*", "vs_?"}, {model::Role::Sni}, true},
      {model::GrantFrom::Selector, {{{"team", "c"}}, {}}, {}, {}, both, false},
      {model::GrantFrom::All, {}, {}, {}, both, false},
  };
  EXPECT_EQ(appliance->spec, wanted);
  EXPECT_EQ(json::parse(appliance->raw_spec)["saveConfig"], "WhenOurs");
}

TEST(ApplianceJson, LeavesDefaultsWhereNothingIsSaid) {
  const auto appliance = decode_appliance(appliance_with("{}"), Dialect::Cluster);

  ASSERT_TRUE(appliance);
  EXPECT_EQ(appliance->problems, std::vector<std::string>{});
  EXPECT_EQ(appliance->spec.resync_period, std::chrono::minutes(10));
  EXPECT_EQ(appliance->spec.max_concurrent_requests, 4);
  EXPECT_EQ(appliance->spec.deletion_timeout, std::chrono::hours(24));
}

// "open to all", or how many grants there are.
std::string access_of(const std::string& patch, Dialect dialect) {
  const auto appliance = decode_appliance(appliance_with(patch), dialect);
  return appliance->spec.open_to_all ? "open to all" : std::to_string(appliance->spec.grants.size()) + " grants";
}

TEST(ApplianceJson, WithoutGrantsAManifestIsOpenAndAClusterClosed) {
  EXPECT_EQ(access_of("{}", Dialect::Standalone), "open to all");
  EXPECT_EQ(access_of(R"({"grants": []})", Dialect::Standalone), "open to all");
  EXPECT_EQ(access_of("{}", Dialect::Cluster), "0 grants");
  EXPECT_EQ(access_of(R"({"grants": []})", Dialect::Cluster), "0 grants");
}

TEST(ApplianceJson, WithGrantsBothAreClosedToTheRest) {
  const auto* patch = R"({"grants": [{"namespaces": {"from": "All"}}]})";

  EXPECT_EQ(access_of(patch, Dialect::Standalone), "1 grants");
  EXPECT_EQ(access_of(patch, Dialect::Cluster), "1 grants");
}

TEST(ApplianceJson, ABrokenGrantOpensNothing) {
  for (const auto* broken : {R"({"grants": [{"namespaces": {"from": "Everyone"}}]})", R"({"grants": "all"})",
                             R"({"grants": [{"namespaces": {"from": "All"}, "role": ["sni"]}]})",
                             R"({"grants": [{"namespaces": {"from": "All"}}, {"adopt": true}]})"}) {
    EXPECT_EQ(access_of(broken, Dialect::Standalone), "0 grants") << broken;
  }
}

TEST(ApplianceJson, FingerprintMayHaveColons) {
  const auto appliance = decode_appliance(
      appliance_with(R"({"tls": {"fingerprints": ["sha256:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:)"
                     R"(00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"]}})"),
      Dialect::Standalone);

  ASSERT_TRUE(appliance);
  EXPECT_EQ(appliance->spec.tls.fingerprints,
            std::vector<std::string>{"sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"});
}

TEST(ApplianceJson, WithoutUsableNameThereIsNoObject) {
  json nameless = appliance_with("{}");
  nameless.erase("metadata");
  json odd = appliance_with("{}");
  odd["metadata"]["name"] = "../etc";

  EXPECT_EQ(problems_of_appliance(nameless), "error SpecInvalid: metadata: must be an object with a name");
  EXPECT_EQ(problems_of_appliance(odd),
            "error SpecInvalid: metadata.name: must be a name of lower-case letters, digits, '-' and '.', at most 253 "
            "characters");
  EXPECT_EQ(problems_of_appliance(json::array()), "error SpecInvalid: metadata: must be an object with a name");
}

TEST(ApplianceJson, EnvelopeIsCheckedToo) {
  json object = appliance_with("{}");
  object["apiVersion"] = "netscaler.certsync.io/v1";
  object["sepc"] = 1;
  object["metadata"]["anotations"] = json::object();
  object["metadata"]["labels"] = {{"tier", 1}};

  EXPECT_EQ(problems_of_appliance(object),
            "metadata.labels.tier: must be text, not 1\n"
            "metadata.anotations: unknown field\n"
            "apiVersion: must be netscaler.certsync.io/v1alpha1\n"
            "sepc: unknown field\n");
}

struct ApplianceRow {
  const char* name;
  const char* patch;
  const char* problems;
};

void PrintTo(const ApplianceRow& row, std::ostream* out) {
  *out << row.name;
}

class ApplianceProblem : public testing::TestWithParam<ApplianceRow> {};

TEST_P(ApplianceProblem, IsNamedWithItsPath) {
  EXPECT_EQ(problems_of_appliance(appliance_with(GetParam().patch)), GetParam().problems);
}

constexpr char kAddress[] = ": must be https://host or https://host:port, without path, user or query\n";
constexpr char kNoAddress[] = "spec.endpoints: must name one https:// address, or both of an HA pair\n";
const std::string kBadAddress = "spec.endpoints[0]" + std::string(kAddress) + kNoAddress;

INSTANTIATE_TEST_SUITE_P(
    Codec, ApplianceProblem,
    testing::Values(
        ApplianceRow{"Typo", R"({"endpionts": 1})", "spec.endpionts: unknown field\n"},
        ApplianceRow{"NestedTypo", R"({"tls": {"caBundel": ""}})", "spec.tls.caBundel: unknown field\n"},
        ApplianceRow{"NoEndpoint", R"({"endpoints": null})", kNoAddress},
        ApplianceRow{"PlainHttp", R"({"endpoints": ["http://192.0.2.1"]})", kBadAddress.c_str()},
        ApplianceRow{"Path", R"({"endpoints": ["https://192.0.2.1/nitro"]})", kBadAddress.c_str()},
        ApplianceRow{"UserInfoIsNotQuoted", R"({"endpoints": ["https://u:secret@192.0.2.1"]})", kBadAddress.c_str()},
        ApplianceRow{"Query", R"({"endpoints": ["https://192.0.2.1?x=1"]})", kBadAddress.c_str()},
        ApplianceRow{"BadPort", R"({"endpoints": ["https://192.0.2.1:70000"]})", kBadAddress.c_str()},
        ApplianceRow{"Ipv6IsFine", R"({"endpoints": ["https://[2001:db8::1]"]})", ""},
        ApplianceRow{"Ipv6WithPortIsFine", R"({"endpoints": ["https://[2001:db8::1]:8443"]})", ""},
        ApplianceRow{"TwoEndpointsAreFine", R"({"endpoints": ["https://a", "https://b"]})", ""},
        ApplianceRow{"OneEndpointTwice", R"({"endpoints": ["https://Edge", "https://edge:443"]})",
                     "spec.endpoints: must be two different addresses, one for each node of the HA pair\n"},
        ApplianceRow{"TwoPortsAreFine", R"({"endpoints": ["https://edge:8443", "https://edge"]})", ""},
        ApplianceRow{
            "AFingerprintTwice",
            R"({"tls": {"fingerprints": ["sha256:00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
                                         "sha256:00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"]}})",
            "spec.tls.fingerprints: must not have the same entry twice\n"},
        ApplianceRow{"ATargetTwice",
                     R"({"grants": [{"namespaces": {"from": "All"}, "targets": ["vs_*", "a", "vs_*"]}]})",
                     "spec.grants[0].targets: must not have the same entry twice\n"},
        ApplianceRow{"ANamespaceTwice", R"({"grants": [{"namespaces": {"from": "Names", "names": ["a", "a"]}}]})",
                     "spec.grants[0].namespaces.names: must not have the same entry twice\n"},
        ApplianceRow{
            "ThreeEndpoints", R"({"endpoints": ["https://a", "https://b", "https://c"]})",
            "spec.endpoints: must have at most 2 entries, not 3\nspec.endpoints: must name one https:// address, or "
            "both of an "
            "HA pair\n"},
        ApplianceRow{"NoCredentials", R"({"credentialsSecretRef": null})",
                     "spec.credentialsSecretRef: must name a Secret of type kubernetes.io/basic-auth\n"},
        ApplianceRow{"ShortFingerprint", R"({"tls": {"fingerprints": ["sha256:00"]}})",
                     "spec.tls.fingerprints[0]: must be sha256: and 64 hex digits\n"},
        ApplianceRow{"BundleWithoutPem", R"({"tls": {"caBundle": "hello"}})",
                     "spec.tls.caBundle: must be certificates in PEM\n"},
        ApplianceRow{"WrongWord", R"({"saveConfig": "Sometimes"})",
                     "spec.saveConfig: must be Always, WhenOurs or Never, not \"Sometimes\"\n"},
        ApplianceRow{"WrongType", R"({"suspend": "yes"})", "spec.suspend: must be true or false, not \"yes\"\n"},
        ApplianceRow{"DurationAsNumber", R"({"resyncPeriod": 60})",
                     "spec.resyncPeriod: must be a duration such as 30s or 1h30m, not 60\n"},
        ApplianceRow{"DurationTooShort", R"({"resyncPeriod": "4s"})",
                     "spec.resyncPeriod: must be from 5s to 24h, not \"4s\"\n"},
        ApplianceRow{"TooManyRequests", R"({"maxConcurrentRequests": 17})",
                     "spec.maxConcurrentRequests: must be a whole number from 1 to 16, not 17\n"},
        ApplianceRow{"HugeNumber", R"({"maxConcurrentRequests": 18446744073709551615})",
                     "spec.maxConcurrentRequests: must be a whole number from 1 to 16, not 18446744073709551615\n"},
        ApplianceRow{"Fraction", R"({"maxConcurrentRequests": 1.5})",
                     "spec.maxConcurrentRequests: must be a whole number from 1 to 16, not 1.5\n"},
        ApplianceRow{"PartitionIsFine", R"({"partition": "p 1.b"})", ""},
        ApplianceRow{
            "PartitionAsPath", R"({"partition": "../p1"})",
            "spec.partition: must begin with a letter, digit or _ and hold only letters, digits, blanks and _ # . : @ "
            "= "
            "-\n"},
        ApplianceRow{"EncryptKeys", R"({"encryptKeys": true})", ""},
        ApplianceRow{"EncryptKeysIsText", R"({"encryptKeys": "yes"})",
                     "spec.encryptKeys: must be true or false, not \"yes\"\n"},
        ApplianceRow{"GrantsHaveAShape", R"({"grants": [{"namespaces": {"from": "Nowhere", "names": ["a"]}}]})",
                     "spec.grants[0].namespaces.from: must be All, Selector or Names, not \"Nowhere\"\n"},
        ApplianceRow{"GrantToNobody", R"({"grants": [{"targets": ["x*"]}]})",
                     "spec.grants[0].namespaces: must be given\n"},
        ApplianceRow{"GrantFromNowhere", R"({"grants": [{"namespaces": {"names": ["a"]}}]})",
                     "spec.grants[0].namespaces.from: must be given\n"},
        ApplianceRow{"NamesWithoutNames", R"({"grants": [{"namespaces": {"from": "Names", "names": []}}]})",
                     "spec.grants[0].namespaces.names: must name a namespace\n"},
        ApplianceRow{"NamesWithAll", R"({"grants": [{"namespaces": {"from": "All", "names": ["a"]}}]})",
                     "spec.grants[0].namespaces.names: is only for from Names\n"},
        ApplianceRow{"SelectorWithoutSelector", R"({"grants": [{"namespaces": {"from": "Selector"}}]})",
                     "spec.grants[0].namespaces.selector: must be given with from Selector\n"},
        ApplianceRow{"SelectorWithNames",
                     R"({"grants": [{"namespaces": {"from": "Names", "names": ["a"], "selector": {}}}]})",
                     "spec.grants[0].namespaces.selector: is only for from Selector\n"},
        ApplianceRow{"EmptySelectorIsFine", R"({"grants": [{"namespaces": {"from": "Selector", "selector": {}}}]})",
                     ""},
        ApplianceRow{
            "GrantedRole", R"({"grants": [{"namespaces": {"from": "All"}, "roles": ["ca"]}]})",
            "spec.grants[0].roles[0]: must be default or sni\nspec.grants[0].roles: must name default, sni or both\n"},
        ApplianceRow{"GrantedTarget", R"({"grants": [{"namespaces": {"from": "All"}, "targets": [""]}]})",
                     "spec.grants[0].targets[0]: must be 1 to 127 characters\n"},
        ApplianceRow{"GrantWithATypo", R"({"grants": [{"namespaces": {"from": "All"}, "target": []}]})",
                     "spec.grants[0].target: unknown field\n"},
        ApplianceRow{"Windows", R"({"deployWindows": {"windows": [{"schedule": "0 22 * * *", "duration": "4h"}]}})",
                     ""},
        ApplianceRow{"WindowWithATypo", R"({"deployWindows": {"windows": [], "urgent": "1h"}})",
                     "spec.deployWindows.urgent: unknown field\n"},
        ApplianceRow{"AnyDeletionTimeout", R"({"deletionTimeout": "1h"})", ""},
        ApplianceRow{"BadDeletionTimeout", R"({"deletionTimeout": "soon"})",
                     "spec.deletionTimeout: must be a duration such as 30s or 1h30m, not \"soon\"\n"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace certsync::codec
