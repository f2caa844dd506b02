// What a person does with the operator, one thing after another, and what they are shown.
#include <csignal>
#include <iostream>
#include <thread>

#include "cluster/bed.h"

#include "base/encoding.h"

namespace cluster {
namespace {

using namespace std::chrono_literals;

class ClusterFlows : public Bed {
 protected:
  ClusterFlows() : operator_(start_operator()) {}
  ~ClusterFlows() override {
    operator_->signal(SIGTERM);
    EXPECT_EQ(operator_->wait(), 0);
    if (HasFailure()) std::cerr << operator_->output();
  }
  bool becomes(const std::string& state, const std::string& name = "www") {
    const bool did = until([&] { return ready(name) == state; });
    EXPECT_TRUE(did) << name << " is " << ready(name) << ", not " << state;
    return did;
  }
  std::string deployed() {
    std::string leaf = issue();
    apply_appliance();
    apply_sync();
    becomes("True Synced");
    EXPECT_TRUE(until([&] { return serves(leaf); }));
    return leaf;
  }
  bool is_on_box(const std::string& text) const { return box_->state_text().find(text) != std::string::npos; }
  std::string certkey() const { return space_ + "_www-tls"; }
  /// A forced pass has been made.
  void look_again() {
    const std::string request = std::to_string(++requests_);
    must(here({"annotate", "--overwrite", "ncs/www", "netscaler.certsync.io/sync-requested-at=" + request}));
    EXPECT_TRUE(until([&] { return jsonpath("ncs/www", "{.status.lastHandledSyncRequest}") == request; }));
  }

  std::unique_ptr<Child> operator_;
  int requests_ = 0;
};

TEST_F(ClusterFlows, ASecretThatIsMissingAppears) {
  apply_appliance();
  apply_sync();
  becomes("False SecretNotFound");

  const std::string leaf = issue();

  becomes("True Synced");
  EXPECT_TRUE(serves(leaf));
}

TEST_F(ClusterFlows, AWrongSecretIsRefusedAndRepaired) {
  const std::string leaf = deployed();
  auto broken = issuer_.issue({.common_name = "www.example.com", .dns_names = {"www.example.com"}});
  broken.certificate_pem = "-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
  plane().apply(secret_yaml("www-tls", broken));
  becomes("False SecretInvalid");
  EXPECT_TRUE(serves(leaf)) << "the old certificate stays";

  const std::string mended = issue();

  becomes("True Synced");
  EXPECT_TRUE(until([&] { return serves(mended); }));
}

// Neither is a TLS Secret: both are seen by the watch of other types, which begins when they are named.
TEST_F(ClusterFlows, AKeystoreIsOpenedWithThePasswordOfAnotherSecret) {
  const auto opaque = [&](const std::string& name, const std::string& data) {
    plane().apply("apiVersion: v1\nkind: Secret\nmetadata: {name: " + name + ", namespace: " + space_ +
                  "}\ntype: Opaque\n" + data + "\n");
  };
  const auto keystore = [&](const support::Issued& issued) {
    opaque("www-tls",
           "data: {keystore.p12: " +
               certsync::to_base64(support::to_pkcs12(issued.certificate_pem + issuer_.certificate_pem(),
                                                      issued.key_pem, "changeit", support::Keystore::LegacyRc2)) +
               "}");
  };
  const support::CertificateOptions www = {.common_name = "www.example.com", .dns_names = {"www.example.com"}};
  const auto first = issuer_.issue(www);
  keystore(first);
  apply_appliance("  encryptKeys: true\n");
  apply_sync("  source: {format: PKCS12, passwordSecretRef: {name: keystore-password, key: word}}\n");
  becomes("False SecretNotFound");

  opaque("keystore-password", "stringData: {word: changed}");
  becomes("False SecretInvalid");
  opaque("keystore-password", "stringData: {word: changeit}");
  becomes("True Synced");
  EXPECT_TRUE(until([&] { return serves(leaf_of(first)); }));

  const auto second = issuer_.issue(www);
  keystore(second);
  EXPECT_TRUE(until([&] { return serves(leaf_of(second)); }));
  becomes("True Synced");
}

TEST_F(ClusterFlows, ASecretThatGoesRemovesNothing) {
  const std::string leaf = deployed();
  box_->log().clear();

  must(here({"delete", "secret", "www-tls"}));
  becomes("False SecretNotFound");
  EXPECT_TRUE(serves(leaf));
  EXPECT_EQ(writes(), 0U);

  // Another UID is new content, never a removal and an addition.
  const std::string again = issue();
  becomes("True Synced");
  EXPECT_TRUE(until([&] { return serves(again); }));
  for (const auto& entry : box_->log().entries()) {
    const bool removes = entry.method == "DELETE" && entry.target.find("systemfile") == std::string::npos;
    EXPECT_FALSE(removes && entry.mutating) << entry.target;
  }
}

TEST_F(ClusterFlows, ASelectorGainsAndLosesSecrets) {
  apply_appliance();
  apply_sync("  selector: {matchLabels: {tier: web}}\n  bindings: [{virtualServer: vs_shop, role: sni}]\n");
  issue("first", "tier: web");
  becomes("True Synced");
  EXPECT_TRUE(until([&] { return is_on_box(space_ + "_first"); }));

  const auto second = issuer_.issue({.common_name = "second.example.com", .dns_names = {"second.example.com"}});
  plane().apply(secret_yaml("second", second, "tier: web"));
  EXPECT_TRUE(until([&] { return is_on_box(space_ + "_second"); }));

  must(here({"label", "secret", "second", "tier-"}));
  EXPECT_TRUE(until([&] { return !is_on_box(space_ + "_second"); })) << box_->state_text();
  EXPECT_TRUE(is_on_box(space_ + "_first"));
}

TEST_F(ClusterFlows, ARetainedOneLeavesTheApplianceServing) {
  const std::string leaf = deployed();
  EXPECT_EQ(jsonpath("ncs/www", "{.metadata.finalizers}"), "");
  box_->log().clear();

  must(here({"delete", "ncs", "www", "--timeout=30s"}));

  EXPECT_TRUE(serves(leaf));
  EXPECT_EQ(writes(), 0U);
}

TEST_F(ClusterFlows, ADeletedOneTakesItsThingsWithIt) {
  issue();
  apply_appliance();
  apply_sync("  deletionPolicy: Delete\n");
  becomes("True Synced");
  EXPECT_NE(jsonpath("ncs/www", "{.metadata.finalizers}").find("netscaler.certsync.io/cleanup"), std::string::npos);

  must(here({"delete", "ncs", "www", "--timeout=60s"}));

  EXPECT_TRUE(until([&] { return !is_on_box(certkey()) && !is_on_box("cs-"); })) << box_->state_text();
}

TEST_F(ClusterFlows, ChangingOnesMindTakesTheFinalizerOff) {
  issue();
  apply_appliance();
  apply_sync("  deletionPolicy: Delete\n");
  becomes("True Synced");

  must(here({"patch", "ncs", "www", "--type=merge", "-p", R"({"spec":{"deletionPolicy":"Retain"}})"}));

  EXPECT_TRUE(until([&] { return jsonpath("ncs/www", "{.metadata.finalizers}").empty(); }));
}

TEST_F(ClusterFlows, AQuietPassWritesNothingAnywhere) {
  deployed();
  look_again();
  const std::string since = jsonpath("ncs/www", "{.status.conditions[*].lastTransitionTime}");
  box_->log().clear();
  const std::string written = R"(certsync_status_writes_total{kind="NetScalerCertSync",result="written"})";
  const double before = metric(*operator_, written);

  look_again();
  look_again();

  EXPECT_EQ(writes(), 0U);
  EXPECT_EQ(metric(*operator_, written), before + 2) << "lastHandledSyncRequest, twice";
  EXPECT_EQ(jsonpath("ncs/www", "{.status.conditions[*].lastTransitionTime}"), since);
  EXPECT_EQ(jsonpath("ncs/www", "{.status.observedGeneration}"), jsonpath("ncs/www", "{.metadata.generation}"));
}

TEST_F(ClusterFlows, WrongCredentialsAreSaidAndHealed) {
  issue();
  apply_appliance("", "wrong");
  apply_sync();
  becomes("False CredentialsRejected");
  EXPECT_NE(must({"get", "nsa", appliance_, "-o", "jsonpath={.status.conditions}"}).find("CredentialsRejected"),
            std::string::npos);

  apply_appliance();

  becomes("True Synced");
}

TEST_F(ClusterFlows, WhatIsNotGrantedIsNotWritten) {
  issue();
  apply_appliance("  grants: []\n");
  apply_sync();

  becomes("False NotPermitted");
  EXPECT_EQ(writes(), 0U);

  apply_appliance();
  becomes("True Synced");
}

TEST_F(ClusterFlows, ADryRunSaysWhatItWouldDo) {
  issue();
  apply_appliance();
  apply_sync("  dryRun: true\n");

  becomes("False DryRun");
  EXPECT_NE(jsonpath("ncs/www", "{.status.plan}").find("add certkey " + certkey()), std::string::npos);
  EXPECT_EQ(writes(), 0U);
}

TEST_F(ClusterFlows, AnUpdateWaitsForItsWindowOrForAPerson) {
  const std::string first = deployed();
  // Open for a minute on the next 29th of February.
  apply_sync("  deployWindows: {windows: [{schedule: \"0 0 29 2 *\", duration: 1m}]}\n");
  becomes("True Synced");

  const std::string second = issue();
  becomes("False WindowUnsatisfiable");
  EXPECT_TRUE(serves(first));
  EXPECT_NE(jsonpath("ncs/www", "{.status.nextWindow}"), "");

  must(here({"annotate", "ncs/www", "netscaler.certsync.io/deploy-now=1"}));
  becomes("True Synced");
  EXPECT_TRUE(until([&] { return serves(second); }));
  EXPECT_TRUE(until([&] { return jsonpath("ncs/www", "{.status.lastHandledDeployNow}") == "1"; }));
  EXPECT_EQ(jsonpath("ncs/www", "{.status.nextWindow}"), "");
}

// As the namespace controller does it: nothing may be made there any more, Events included, and what is there goes.
TEST_F(ClusterFlows, ANamespaceEndsWithAResourceInIt) {
  issue();
  apply_appliance();
  apply_sync("  deletionPolicy: Delete\n");
  becomes("True Synced");

  must({"delete", "namespace", space_, "--wait=false"});
  must(here({"delete", "secret", "www-tls"}));
  must(here({"delete", "ncs", "www", "--timeout=60s"}));

  EXPECT_TRUE(until([&] { return !is_on_box(certkey()) && !is_on_box("cs-"); })) << box_->state_text();
}

TEST_F(ClusterFlows, ThousandsOfOtherSecretsChangeNothing) {
  deployed();
  box_->log().clear();
  const auto issued = issuer_.issue({.common_name = "other.example.com", .dns_names = {"other.example.com"}});
  constexpr int kLists = 10;
  constexpr int kInList = 500;
  {
    // kubectl sends 50 requests a second at most; ten of them send more.
    std::vector<std::jthread> creators;
    for (int list = 0; list < kLists; ++list) {
      creators.emplace_back([&, list] {
        std::string yaml;
        for (int i = 0; i < kInList; ++i)
          yaml += secret_yaml("other-" + std::to_string(list) + "-" + std::to_string(i), issued) + "---\n";
        must(here({"create", "-f", "-"}), yaml);
      });
    }
  }
  const auto seen = [&] { return metric(*operator_, "certsync_cached_objects{resource=\"tls-secrets\"}"); };
  EXPECT_TRUE(until([&] { return seen() >= kLists * kInList; })) << seen();
  look_again();

  EXPECT_EQ(writes(), 0U);
  std::cout << "[          ] memory with " << kLists * kInList << " Secrets that nobody refers to: "
            << static_cast<long>(metric(*operator_, "process_resident_memory_bytes") / 1024 / 1024) << " MiB\n";
}

TEST_F(ClusterFlows, TheMetricsOfTheFieldAreThereAndMove) {
  deployed();
  const std::string text = metrics_of(*operator_);
  for (const char* moved : {"controller_runtime_reconcile_total{controller=\"appliance\"", "workqueue_adds_total{",
                            "workqueue_queue_duration_seconds_count{", "rest_client_requests_total{",
                            "rest_client_request_duration_seconds_count{", "leader_election_master_status{"}) {
    double sum = 0;
    for (auto at = text.find(moved); at != std::string::npos; at = text.find(moved, at + 1))
      sum += std::stod(text.substr(text.find("} ", at) + 2));
    EXPECT_GT(sum, 0) << moved;
  }
  for (const char* there :
       {"controller_runtime_reconcile_errors_total{", "controller_runtime_terminal_reconcile_errors_total{",
        "controller_runtime_reconcile_panics_total{", "controller_runtime_active_workers{", "workqueue_depth{",
        "workqueue_unfinished_work_seconds{", "workqueue_longest_running_processor_seconds{",
        "workqueue_retries_total{", "leader_election_slowpath_total{"}) {
    EXPECT_NE(text.find(there), std::string::npos) << there;
  }
}

}  // namespace
}  // namespace cluster
