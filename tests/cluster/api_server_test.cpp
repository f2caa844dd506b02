// The API server goes, comes back, forgets, and no longer knows our token; and it tells much at once.
#include <algorithm>
#include <csignal>
#include <iostream>

#include "cluster/bed.h"

namespace cluster {
namespace {

using namespace std::chrono_literals;

constexpr char kOperators[] = "netscaler-cert-sync";
constexpr int kBurst = 50;

std::string host(int number) {
  return "host-" + std::to_string(number) + ".example.com";
}

/// Since its API server is killed, nobody else's.
ControlPlane& own_plane() {
  static ControlPlane plane;
  return plane;
}

class ClusterFaults : public Bed {
 protected:
  ClusterFaults() : Bed(own_plane()) {
    plane().kubectl({"delete", "lease", "-n", kOperators, kOperators, "--ignore-not-found"});
    leaf_ = issue();
    apply_appliance();
    apply_sync();
  }
  ~ClusterFaults() override {
    if (away_) bring_back();
    if (operator_ == nullptr) return;
    operator_->signal(SIGCONT);
    EXPECT_EQ(stop_keeping_output(), 0);
    if (HasFailure()) std::cerr << operator_->output();
  }
  int stop_keeping_output() {
    operator_->signal(SIGTERM);
    return operator_->wait();
  }

  void start(const std::string& kubeconfig = "") {
    operator_ = start_operator_with(kubeconfig.empty() ? kubeconfig_ : kubeconfig);
    EXPECT_TRUE(until([&] { return serves(leaf_); })) << operator_->output();
  }
  void take_away() {
    plane().kill_api_server();
    away_ = true;
  }
  void bring_back() {
    plane().start_api_server();
    away_ = false;
  }
  void expect_the_next_change_is_served() {
    const std::string renewed = issue();
    EXPECT_TRUE(until([&] { return serves(renewed); }, 90s));
  }
  bool said(const std::string& text) const { return operator_->output().find(text) != std::string::npos; }

  /// All that the operator may do, under another name.
  void make_account(const std::string& name) {
    const std::string subject = "--serviceaccount=" + std::string(kOperators) + ":" + name;
    must({"create", "serviceaccount", "-n", kOperators, name});
    must({"create", "clusterrolebinding", name, "--clusterrole=netscaler-cert-sync", subject});
    must({"create", "rolebinding", "-n", kOperators, name, "--role=netscaler-cert-sync-lease", subject});
  }
  /// Requests that ended so: "401".
  double answered(const std::string& code) {
    const std::string text = metrics_of(*operator_);
    double sum = 0;
    for (auto at = text.find("\nrest_client_requests_total{"); at != std::string::npos;
         at = text.find("\nrest_client_requests_total{", at + 1)) {
      const auto line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
      if (line.find("code=\"" + code + "\"") != std::string::npos) sum += std::stod(line.substr(line.rfind(' ')));
    }
    return sum;
  }

  std::size_t count(const std::string& method, const std::string& part) const {
    const auto entries = box_->log().entries();
    return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [&](const auto& entry) {
      return entry.mutating && entry.method == method && entry.target.find(part) != std::string::npos;
    }));
  }
  std::size_t saves() const { return count("POST", "/nsconfig?action=save"); }
  std::size_t deleted_files() const { return count("DELETE", "/systemfile"); }

  std::string leaf_;
  std::unique_ptr<Child> operator_;
  bool away_ = false;
};

TEST_F(ClusterFaults, AKilledApiServerComesBack) {
  start();
  take_away();
  bring_back();

  expect_the_next_change_is_served();
}

TEST_F(ClusterFaults, AnApiServerIsAwayForLongerThanTheLease) {
  start();
  take_away();
  ASSERT_TRUE(until([&] { return said("the lease is lost"); })) << operator_->output();
  const auto before = writes();
  EXPECT_TRUE(until([&] { return box_->appliance().session_count("nsroot") == 0; })) << "it did not log out";
  bring_back();

  expect_the_next_change_is_served();
  EXPECT_FALSE(said("did not say goodbye")) << "it waited for itself";
  EXPECT_GT(writes(), before);
}

TEST_F(ClusterFaults, HistoryIsForgottenWhileItSleeps) {
  start();
  EXPECT_EQ(metric(*operator_, "certsync_watch_restarts_total{resource=\"tls-secrets\",reason=\"expired\"}"), -1);
  operator_->signal(SIGSTOP);
  const std::string renewed = issue();
  must(here({"delete", "ncs", "www"}));
  apply_sync("", "again");
  // The server keeps a history of its own, which a restart ends.
  take_away();
  plane().compact();
  bring_back();
  operator_->signal(SIGCONT);

  EXPECT_TRUE(until([&] { return serves(renewed); }, 90s));
  EXPECT_TRUE(until([&] { return ready("again") == "True Synced"; })) << ready("again");
  EXPECT_GE(metric(*operator_, "certsync_watch_restarts_total{reason=\"expired\",resource=\"tls-secrets\"}"), 1)
      << metrics_of(*operator_);
  expect_the_next_change_is_served();
}

TEST_F(ClusterFaults, ATokenIsRevokedAndReplaced) {
  for (const auto* name : {"first", "second"})
    make_account(name);
  const support::TempFolder folder;
  start(plane().account_kubeconfig(folder.path(), "first"));
  plane().write_token(folder.path(), "second");
  must({"delete", "serviceaccount", "-n", kOperators, "first"});
  ASSERT_TRUE(until([&] { return answered("401") > 0; })) << metrics_of(*operator_);

  expect_the_next_change_is_served();
  EXPECT_FALSE(said("the lease is lost")) << operator_->output();

  // And when the next one is late: who cannot renew the lease stops writing, and begins again with the new token.
  must({"delete", "serviceaccount", "-n", kOperators, "second"});
  ASSERT_TRUE(until([&] { return said("the lease is lost"); })) << operator_->output();
  plane().write_token(folder.path());
  expect_the_next_change_is_served();
}

TEST_F(ClusterFaults, ABurstCostsOneSave) {
  std::string secrets;
  std::string syncs;
  std::vector<std::string> leaves;
  const auto issue_all = [&] {
    secrets.clear();
    leaves.clear();
    for (int i = 0; i < kBurst; ++i) {
      const auto issued = issuer_.issue({.common_name = host(i), .dns_names = {host(i)}});
      secrets += secret_yaml("host-" + std::to_string(i), issued) + "---\n";
      leaves.push_back(leaf_of(issued));
    }
    plane().apply(secrets);
  };
  const auto all_served = [&] {
    for (int i = 0; i < kBurst; ++i) {
      if (e2e::served(box_->endpoint("vs_shop"), host(i)) != leaves[static_cast<std::size_t>(i)]) return false;
    }
    return true;
  };
  for (int i = 0; i < kBurst; ++i)
    syncs += sync_yaml("  bindings: [{virtualServer: vs_shop, role: sni}]\n", "host-" + std::to_string(i),
                       "host-" + std::to_string(i)) +
             "---\n";
  start();
  issue_all();
  plane().apply(syncs);
  ASSERT_TRUE(until(all_served));
  must(here({"wait", "--for=condition=Ready", "ncs", "--all", "--timeout=60s"}));
  box_->log().clear();

  // As one burst: kubectl takes its time.
  operator_->signal(SIGSTOP);
  issue_all();
  operator_->signal(SIGCONT);
  const auto seen = std::chrono::steady_clock::now();
  EXPECT_TRUE(until(all_served));
  EXPECT_TRUE(until([&] { return saves() > 0 && deleted_files() == 2 * kBurst; })) << deleted_files();
  std::cout << "[          ] " << kBurst << " renewals took "
            << std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - seen).count()
            << " ms\n";

  must(here({"wait", "--for=condition=Ready", "ncs", "--all", "--timeout=60s"}));
  EXPECT_EQ(saves(), 1U);
  EXPECT_EQ(writes(), 5U * kBurst + 1) << "an upload each for certificate and key, an update; two old files";
}

}  // namespace
}  // namespace cluster
