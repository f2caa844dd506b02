#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "codec/objects.h"

namespace certsync::codec {
namespace {

using nlohmann::json;

/// A sound sync with `patch` merged into its spec (null removes).
json sync_with(const std::string& patch) {
  json object = json::parse(R"({
    "apiVersion": "netscaler.certsync.io/v1alpha1", "kind": "NetScalerCertSync", "metadata": {"name": "www"},
    "spec": {"secretRef": {"name": "www-tls"}, "appliances": [{"name": "edge"}]}})");
  object["spec"].merge_patch(json::parse(patch));
  return object;
}

std::string problems_of_sync(const json& object, Dialect dialect = Dialect::Standalone) {
  const auto sync = decode_cert_sync(object, dialect);
  if (!sync) return "error " + to_text(sync.error());
  std::string text;
  for (const auto& problem : sync->problems)
    text += problem + "\n";
  return text;
}

// What a former process bound may be taken away by its successor, and what it was asked is not done twice.
TEST(CertSyncJson, AnObjectOfAClusterBringsItsStatus) {
  auto object = sync_with("{}");
  object["status"] = {{"boundTo", {"edge/vs_www:default"}}, {"lastHandledDeployNow", "today"}};

  const auto sync = decode_cert_sync(object, Dialect::Cluster);

  ASSERT_TRUE(sync);
  EXPECT_EQ(sync->status.bound_to, std::vector<std::string>{"edge/vs_www:default"});
  EXPECT_EQ(sync->status.last_handled_deploy_now, "today");
  EXPECT_EQ(decode_cert_sync(object, Dialect::Standalone)->status.bound_to, std::vector<std::string>{});
}

TEST(CertSyncJson, AStatusThatIsNoneIsNone) {
  auto object = sync_with("{}");
  for (const auto* status : {"null", "7", "[]", R"({"boundTo": 7})"}) {
    object["status"] = json::parse(status);
    const auto sync = decode_cert_sync(object, Dialect::Cluster);
    ASSERT_TRUE(sync) << status;
    EXPECT_EQ(sync->problems, std::vector<std::string>{}) << status;
    EXPECT_EQ(sync->status.bound_to, std::vector<std::string>{}) << status;
  }
}

TEST(CertSyncJson, ReadsEveryField) {
  const auto sync = decode_cert_sync(json::parse(R"({
    "apiVersion": "netscaler.certsync.io/v1alpha1", "kind": "NetScalerCertSync",
    "metadata": {"name": "www", "namespace": "team-a", "uid": "u", "deletionTimestamp": "2026-01-02T03:04:05Z",
                 "annotations": {"netscaler.certsync.io/sync-requested-at": "now"}},
    "spec": {
      "selector": {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}]},
      "applianceSelector": {"matchLabels": {"site": "x"}},
      "certKey": {"name": "{{ secret }}_x", "maxNameLength": 63, "expiryMonitor": false, "notificationPeriodDays": 10},
      "bindings": [{"virtualServer": "vs www", "role": "sni", "enableSNI": true}],
      "chain": "Omit",
      "source": {"format": "PKCS12", "certificateKey": "c.p12", "privateKeyKey": "k.pem",
                 "passwordSecretRef": {"name": "p", "key": "word"}, "fipsKey": "card 1"},
      "updatePolicy": "InPlace", "domainCheck": true, "adoptionPolicy": "Never", "driftPolicy": "Detect",
      "deletionPolicy": "Delete", "expiredPolicy": "Keep", "rollout": {"strategy": "AllAtOnce"},
      "verification": {"mode": "Off", "endpoints": [{"address": "[2001:db8::1]:443", "serverName": "a.b"}],
                       "timeout": "10s"},
      "suspend": true, "dryRun": true}})"),
                                     Dialect::Cluster);

  ASSERT_TRUE(sync);
  EXPECT_EQ(sync->problems, std::vector<std::string>{});
  EXPECT_EQ(sync->meta.ref, (model::ObjectRef{"team-a", "www"}));
  EXPECT_TRUE(sync->meta.deleting);
  EXPECT_EQ(sync->meta.deleted_at, from_rfc3339("2026-01-02T03:04:05Z"));
  EXPECT_EQ(sync->meta.annotations.at(model::kSyncRequestedAt), "now");
  model::CertSyncSpec wanted;
  wanted.selector = model::LabelSelector{{{"a", "b"}}, {{"k", model::LabelOperator::In, {"v"}}}};
  wanted.appliance_selector = model::LabelSelector{{{"site", "x"}}, {}};
  wanted.certkey = {"{{ secret }}_x", 63, false, 10};
  wanted.bindings = {{"vs www", model::Role::Sni, true}};
  wanted.chain = model::ChainPolicy::Omit;
  wanted.source = {model::SourceFormat::Pkcs12,     "c.p12",  "k.pem",
                   model::SecretEntry{"p", "word"}, "card 1", std::nullopt};
  wanted.domain_check = true;
  wanted.drift_policy = model::DriftPolicy::Detect;
  wanted.deletion_policy = model::DeletionPolicy::Delete;
  wanted.verification = {
      model::VerificationMode::Off, {{"[2001:db8::1]:443", "a.b"}}, std::chrono::milliseconds(10'000)};
  wanted.suspend = true;
  wanted.dry_run = true;
  EXPECT_EQ(sync->spec, wanted);
}

TEST(CertSyncJson, WithoutNamespaceItIsInDefault) {
  const auto sync = decode_cert_sync(sync_with("{}"), Dialect::Standalone);

  ASSERT_TRUE(sync);
  EXPECT_EQ(sync->problems, std::vector<std::string>{});
  EXPECT_EQ(sync->meta.ref, (model::ObjectRef{"default", "www"}));
  EXPECT_EQ(sync->spec.certkey.name, "{{namespace}}_{{secret}}");
}

TEST(CertSyncJson, FilesAreASourceOfManifestsOnly) {
  const auto object = sync_with(
      R"({"secretRef": null, "source": {"files": {"certificate": "live/fullchain.pem", "privateKey": "live/privkey.pem"}}})");

  EXPECT_EQ(problems_of_sync(object, Dialect::Standalone), "");
  EXPECT_EQ(problems_of_sync(object, Dialect::Cluster),
            "spec.source.files: is for manifests only: a cluster has no such folder\n"
            "spec: must have exactly one of secretRef and selector\n");
}

TEST(CertSyncJson, KeystoreIsInTheEntryOfCertManagerUnlessNamed) {
  const auto entry = [](const char* source) {
    return decode_cert_sync(sync_with(source), Dialect::Cluster)->spec.source.certificate_key;
  };

  EXPECT_EQ(entry(R"({"source": {"format": "PKCS12"}})"), "keystore.p12");
  EXPECT_EQ(entry(R"({"source": {"format": "PKCS12", "certificateKey": "www.pfx"}})"), "www.pfx");
  // As an API server fills it in.
  EXPECT_EQ(entry(R"({"source": {"format": "PKCS12", "certificateKey": "tls.crt"}})"), "keystore.p12");
  EXPECT_EQ(entry(R"({"source": {"format": "PEM"}})"), "tls.crt");
  EXPECT_EQ(entry(R"({"source": {}})"), "tls.crt");
}

TEST(CertSyncJson, FilesNeedNoKeyFileWhereTheKeyIsElsewhere) {
  for (const char* more : {R"("format": "PKCS12")", R"("fipsKey": "f")"}) {
    const auto object =
        sync_with(R"({"secretRef": null, "source": {"files": {"certificate": "a"}, )" + std::string(more) + "}}");
    EXPECT_EQ(problems_of_sync(object), "") << more;
  }
}

TEST(CertSyncJson, ANameThatNetScalerRefusesIsSaidLater) {
  EXPECT_EQ(problems_of_sync(sync_with(R"({"certKey": {"name": "bad/name"}})")), "");
}

TEST(CertSyncJson, AThousandProblemsAreCutShort) {
  json object = sync_with("{}");
  for (int i = 0; i < 1000; ++i)
    object["spec"]["x" + std::to_string(i)] = i;

  EXPECT_EQ(decode_cert_sync(object, Dialect::Standalone)->problems.size(), 50U);
}

TEST(CertSyncJson, ControlCharactersStayOutOfProblems) {
  json object = sync_with("{}");
  object["spec"]["a\nb"] = 1;
  object["spec"]["chain"] = "a\nb";

  EXPECT_EQ(problems_of_sync(object), "spec.chain: must be Link or Omit\nspec.a?b: unknown field\n");
}

TEST(CertSyncJson, NameAndLengthOfTheCertkeyStay) {
  const model::CertSyncSpec before;
  auto renamed = before;
  renamed.certkey.name = "other";
  auto longer = before;
  longer.certkey.max_name_length = 63;
  auto free = before;
  free.bindings = {{"vs", model::Role::Default, false}};

  EXPECT_EQ(immutable_change(before, renamed), "spec.certKey.name");
  EXPECT_EQ(immutable_change(before, longer), "spec.certKey.maxNameLength");
  EXPECT_EQ(immutable_change(before, free), "");
}

struct SyncRow {
  const char* name;
  const char* patch;
  const char* problems;
};

void PrintTo(const SyncRow& row, std::ostream* out) {
  *out << row.name;
}

class CertSyncProblem : public testing::TestWithParam<SyncRow> {};

TEST_P(CertSyncProblem, IsNamedWithItsPath) {
  EXPECT_EQ(problems_of_sync(sync_with(GetParam().patch)), GetParam().problems);
}

constexpr char kOneSource[] = "spec: must have exactly one of secretRef, selector and source.files\n";
constexpr char kOneTarget[] = "spec: must have exactly one of appliances and applianceSelector\n";

INSTANTIATE_TEST_SUITE_P(
    Wanted, CertSyncProblem,
    testing::Values(
        SyncRow{"Typo", R"({"bindngs": []})", "spec.bindngs: unknown field\n"},
        SyncRow{"NoSource", R"({"secretRef": null})", kOneSource},
        SyncRow{"TwoSources", R"({"source": {"files": {"certificate": "a", "privateKey": "b"}}})", kOneSource},
        SyncRow{"HalfAPair", R"({"secretRef": null, "source": {"files": {"certificate": "a"}}})",
                "spec.source.files.privateKey: must be given\n"},
        SyncRow{"NoAppliance", R"({"appliances": []})", kOneTarget},
        SyncRow{"BothApplianceWays", R"({"applianceSelector": {}})", kOneTarget},
        SyncRow{"ApplianceTwice", R"({"appliances": [{"name": "a"}, {"name": "a"}]})",
                "spec.appliances[1].name: a is in the list twice\n"},
        SyncRow{
            "UpperCaseSecret", R"({"secretRef": {"name": "WWW"}})",
            "spec.secretRef.name: must be a name of lower-case letters, digits, '-' and '.', at most 253 characters\n"},
        SyncRow{"SelectorNeedsSecretInName", R"({"secretRef": null, "selector": {}, "certKey": {"name": "{{name}}"}})",
                "spec.certKey.name: must contain {{secret}}, since a selector finds many Secrets\n"},
        SyncRow{"SelectorNeedsSni", R"({"secretRef": null, "selector": {}, "bindings": [{"virtualServer": "v"}]})",
                "spec.bindings[0].role: must be sni, since a selector finds many Secrets\n"},
        SyncRow{
            "SelectorOperator",
            R"({"secretRef": null, "selector": {"matchExpressions": [{"key": "a", "operator": "Equals"}]}})",
            "spec.selector.matchExpressions[0].operator: must be In, NotIn, Exists or DoesNotExist, not \"Equals\"\n"
            "spec.selector.matchExpressions[0].values: must be given with In and NotIn\n"},
        SyncRow{"BadTemplate", R"({"certKey": {"name": "{{pod}}"}})",
                "spec.certKey.name: only {{namespace}}, {{secret}} and {{name}} can be filled in\n"},
        SyncRow{"ShortLimit", R"({"certKey": {"maxNameLength": 5}})",
                "spec.certKey.maxNameLength: must be a whole number from 16 to 63, not 5\n"},
        SyncRow{"Notification", R"({"certKey": {"notificationPeriodDays": 9}})",
                "spec.certKey.notificationPeriodDays: must be a whole number from 10 to 100, not 9\n"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Rest, CertSyncProblem,
    testing::Values(
        SyncRow{"Role", R"({"bindings": [{"virtualServer": "v", "role": "foo"}]})",
                "spec.bindings[0].role: must be default or sni, not \"foo\"\n"},
        SyncRow{"BindingIsText", R"({"bindings": ["v"]})", "spec.bindings[0]: must be an object\n"},
        SyncRow{"BindingTwice", R"({"bindings": [{"virtualServer": "v"}, {"virtualServer": "v", "role": "default"}]})",
                "spec.bindings[1]: this target and role are in the list twice\n"},
        SyncRow{"BothRolesAreFine", R"({"bindings": [{"virtualServer": "v"}, {"virtualServer": "v", "role": "sni"}]})",
                ""},
        SyncRow{"EmptyVserver", R"({"bindings": [{"virtualServer": ""}]})",
                "spec.bindings[0].virtualServer: must be 1 to 127 characters\n"},
        SyncRow{"NoVserver", R"({"bindings": [{}]})",
                "spec.bindings[0].virtualServer: must be given, or service, or serviceGroup\n"},
        SyncRow{"EnableSniNeedsSni", R"({"bindings": [{"virtualServer": "v", "enableSNI": true}]})",
                "spec.bindings[0].enableSNI: is only for role sni\n"},
        SyncRow{"ServicesAreFine", R"({"bindings": [{"service": "s"}, {"serviceGroup": "s"}, {"virtualServer": "s"}]})",
                ""},
        SyncRow{"ServiceTwice", R"({"bindings": [{"service": "s"}, {"service": "s"}]})",
                "spec.bindings[1]: this target and role are in the list twice\n"},
        SyncRow{
            "ServiceWithSni", R"({"bindings": [{"service": "s", "role": "sni"}]})",
            "spec.bindings[0].role: must be default: services and service groups take no SNI certificates (3805)\n"},
        SyncRow{"TwoTargets", R"({"bindings": [{"service": "s", "virtualServer": "v"}]})",
                "spec.bindings[0]: must have exactly one of virtualServer, service and serviceGroup\n"},
        SyncRow{"Format", R"({"source": {"format": "JKS"}})",
                "spec.source.format: must be PEM or PKCS12, not \"JKS\"\n"},
        SyncRow{"PasswordOfNoSecret", R"({"source": {"passwordSecretRef": {"key": "k"}}})",
                "spec.source.passwordSecretRef.name: must be given\n"},
        SyncRow{"PasswordWithoutKey", R"({"source": {"passwordSecretRef": {"name": "p"}}})",
                "spec.source.passwordSecretRef.key: must be given\n"},
        SyncRow{"PasswordElsewhere",
                R"({"source": {"passwordSecretRef": {"name": "p", "key": "k", "namespace": "n"}}})",
                "spec.source.passwordSecretRef.namespace: unknown field\n"},
        SyncRow{"PasswordKeyIsAPath", R"({"source": {"passwordSecretRef": {"name": "p", "key": "a/b"}}})",
                "spec.source.passwordSecretRef.key: must be a key of a Secret: letters, digits, '-', '_' and '.'\n"},
        SyncRow{"FipsKey", R"({"source": {"fipsKey": "-f"}})",
                "spec.source.fipsKey: must begin with a letter, digit or _, hold only letters, digits, blanks and "
                "_ # . : @ = -, and have at most 63 characters\n"},
        SyncRow{"PoliciesAreFine",
                R"({"updatePolicy": "NewCertKey", "adoptionPolicy": "Adopt", "expiredPolicy": "Remove",
                "rollout": {"strategy": "OneByOne"}, "verification": {"mode": "Rollback"}})",
                ""},
        SyncRow{"NewCertKeyWithSni",
                R"({"updatePolicy": "NewCertKey", "bindings": [{"virtualServer": "v", "role": "sni"}]})",
                "spec.updatePolicy: NewCertKey is not for role sni: NetScaler takes one SNI certificate of a name\n"},
        SyncRow{"UnknownPolicy", R"({"updatePolicy": "Foo"})",
                "spec.updatePolicy: must be InPlace or NewCertKey, not \"Foo\"\n"},
        SyncRow{
            "ProbeServerName", R"({"verification": {"endpoints": [{"address": "a.b:1", "serverName": "a b"}]}})",
            "spec.verification.endpoints[0].serverName: must be a host name of at most 253 letters, digits, '.', '-', "
            "'_' and ':'\n"},
        SyncRow{"ProbePort", R"({"verification": {"endpoints": [{"address": "a.b:0"}]}})",
                "spec.verification.endpoints[0].address: must be host:port with a port from 1 to 65535\n"},
        SyncRow{"ProbeTimeout", R"({"verification": {"timeout": "2m"}})",
                "spec.verification.timeout: must be from 1s to 1m, not \"2m\"\n"},
        SyncRow{"WordIsAList", R"({"chain": []})", "spec.chain: must be Link or Omit\n"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace certsync::codec
