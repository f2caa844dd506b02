// What the operator knows is old: it was blind or down while the world went on, past states that it never saw. Nothing
// may be taken away because of what is not so any more, and the end is that of one who saw everything.
#include <algorithm>
#include <csignal>
#include <iostream>

#include "cluster/bed.h"
#include "cluster/forwarder.h"

namespace cluster {
namespace {

class ClusterStale : public Bed {
 protected:
  ClusterStale() : road_(plane().address()) {
    plane().kubectl({"delete", "lease", "-n", "netscaler-cert-sync", "netscaler-cert-sync", "--ignore-not-found"});
    issue();
    apply_appliance();
    apply_sync();
    kubeconfig_ = plane().account_kubeconfig(folder_.path(), "netscaler-cert-sync", road_.address());
    start();
    EXPECT_TRUE(until([&] { return ready() == "True Synced"; })) << operator_->output();
    box_->log().clear();
  }
  ~ClusterStale() override {
    road_.heal();
    operator_->signal(SIGTERM);
    EXPECT_EQ(operator_->wait(), 0);
    if (HasFailure()) std::cerr << operator_->output();
  }
  void start() { operator_ = start_operator(); }
  void end() { EXPECT_EQ(stop(operator_), 0); }
  void delete_sync() { must(here({"delete", "ncs", "www", "--timeout=30s"})); }

  int updates() {
    const auto entries = box_->log().entries();
    return static_cast<int>(std::count_if(entries.begin(), entries.end(), [](const auto& entry) {
      return entry.target.find("sslcertkey?action=update") != std::string::npos;
    }));
  }
  bool serves_soon(const std::string& leaf) {
    return until([&] { return serves(leaf); }, std::chrono::seconds(150));
  }

  Forwarder road_;
  std::unique_ptr<Child> operator_;
};

TEST_F(ClusterStale, BlindWhileAResourceIsDeletedAndMadeAgain) {
  road_.part();
  delete_sync();
  apply_sync();
  const auto leaf = issue();
  road_.heal();

  EXPECT_TRUE(serves_soon(leaf));
  EXPECT_EQ(taken_away(), "");
}

// The watch may tell of both forms, one after the other.
TEST_F(ClusterStale, BlindWhileABindingGoesAndComesBack) {
  road_.part();
  apply_sync("  bindings: []\n");
  apply_sync();
  const auto leaf = issue();
  road_.heal();

  EXPECT_TRUE(serves_soon(leaf));
  EXPECT_EQ(taken_away(), "");
}

TEST_F(ClusterStale, BlindWhileABindingGoes) {
  road_.part();
  apply_sync("  bindings: []\n");
  road_.heal();

  EXPECT_TRUE(until([&] { return taken_away().find("vs_www") != std::string::npos; }, std::chrono::seconds(150)));
}

TEST_F(ClusterStale, BlindWhileASecretIsRotatedTwice) {
  road_.part();
  issue();
  const auto leaf = issue();
  road_.heal();

  EXPECT_TRUE(serves_soon(leaf));
  EXPECT_LE(updates(), 2) << "one for each state that was seen";
  EXPECT_EQ(taken_away(), "");
}

TEST_F(ClusterStale, DownWhileAResourceIsDeletedAndMadeAgainAndTheSecretRotatedTwice) {
  end();
  delete_sync();
  issue();
  apply_sync();
  const auto leaf = issue();
  start();

  EXPECT_TRUE(serves_soon(leaf));
  EXPECT_EQ(updates(), 1);
  EXPECT_EQ(taken_away(), "");
}

// Its predecessor's status tells what it bound.
TEST_F(ClusterStale, DownWhileABindingGoes) {
  end();
  apply_sync("  bindings: []\n");
  start();

  EXPECT_TRUE(until([&] { return taken_away().find("vs_www") != std::string::npos; })) << operator_->output();
}

TEST_F(ClusterStale, DownWhileADeletionWithCleanUpIsForcedAndTheResourceMadeAgain) {
  apply_sync("  deletionPolicy: Delete\n");
  ASSERT_TRUE(until([&] { return !jsonpath("ncs/www", "{.metadata.finalizers}").empty(); }));
  end();
  must(here({"delete", "ncs", "www", "--wait=false"}));
  must(here({"patch", "ncs", "www", "--type=merge", "-p", R"({"metadata":{"finalizers":null}})"}));
  apply_sync();
  const auto leaf = issue();
  start();

  EXPECT_TRUE(serves_soon(leaf));
  EXPECT_EQ(taken_away(), "");
}

TEST_F(ClusterStale, DownWhileASecretGoesIsNoReasonToTakeAnythingAway) {
  end();
  must(here({"delete", "secret", "www-tls"}));
  start();
  ASSERT_TRUE(until([&] { return ready() == "False SecretNotFound"; })) << ready();
  EXPECT_EQ(taken_away(), "");

  const auto leaf = issue();

  EXPECT_TRUE(serves_soon(leaf));
  EXPECT_EQ(taken_away(), "");
}

TEST_F(ClusterStale, OneThatStartsBlindWritesNothing) {
  end();
  road_.part();
  const auto requests = box_->log().requests();
  start();
  ASSERT_NE(operator_->wait_for("the owner id cannot be found"), "");
  delete_sync();
  EXPECT_EQ(box_->log().requests(), requests);

  road_.heal();
  apply_sync();
  const auto leaf = issue();

  EXPECT_TRUE(serves_soon(leaf));
  EXPECT_EQ(taken_away(), "");
}

}  // namespace
}  // namespace cluster
