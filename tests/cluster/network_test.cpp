// The network between the operator and its API server goes wrong, or the server is an older one.
#include <csignal>
#include <iostream>

#include "cluster/bed.h"
#include "cluster/forwarder.h"

namespace cluster {
namespace {

using namespace std::chrono_literals;

class ClusterNetwork : public Bed {
 protected:
  ClusterNetwork() : road_(plane().address()) {
    plane().kubectl({"delete", "lease", "-n", "netscaler-cert-sync", "netscaler-cert-sync", "--ignore-not-found"});
    leaf_ = issue();
    apply_appliance();
    apply_sync();
    kubeconfig_ = plane().account_kubeconfig(folder_.path(), "netscaler-cert-sync", road_.address());
    operator_ = start_operator();
    EXPECT_TRUE(until([&] { return serves(leaf_); })) << operator_->output();
  }
  ~ClusterNetwork() override {
    road_.heal();
    operator_->signal(SIGTERM);
    EXPECT_EQ(operator_->wait(), 0);
    if (HasFailure()) std::cerr << operator_->output();
  }
  bool said(const std::string& text) const { return operator_->output().find(text) != std::string::npos; }

  Forwarder road_;
  std::string leaf_;
  std::unique_ptr<Child> operator_;
};

TEST_F(ClusterNetwork, ConnectionsThatAreCutAreMadeAgain) {
  road_.cut();

  const std::string renewed = issue();
  EXPECT_TRUE(until([&] { return serves(renewed); }));
}

TEST_F(ClusterNetwork, HalfOpenConnectionsAreFoundOut) {
  road_.forget_open();

  // The idle limit of a watch is 90 s, and a lease is renewed over a connection of its own before it is lost.
  const std::string renewed = issue();
  EXPECT_TRUE(until([&] { return serves(renewed); }, 150s));
  EXPECT_FALSE(said("the lease is lost"));
}

TEST_F(ClusterNetwork, WhoIsCutOffWritesNothingUntilItLeadsAgain) {
  road_.part();
  ASSERT_TRUE(until([&] { return said("the lease is lost"); }));
  const auto before = writes();
  const std::string renewed = issue();
  EXPECT_TRUE(until([&] { return box_->appliance().session_count("nsroot") == 0; })) << "it did not log out";
  EXPECT_EQ(writes(), before);

  road_.heal();

  EXPECT_TRUE(until([&] { return serves(renewed); }, 150s));
}

/// Kubernetes before streaming lists.
class ClusterPagedLists : public Bed {
 protected:
  ClusterPagedLists() : Bed(older_plane()) {}
  static ControlPlane& older_plane() {
    static ControlPlane plane("--feature-gates=WatchList=false");
    return plane;
  }
};

TEST_F(ClusterPagedLists, AnOlderServerIsListedByPages) {
  const std::string leaf = issue();
  apply_appliance();
  apply_sync();
  auto child = start_operator({"--log-level", "debug"});

  EXPECT_TRUE(until([&] { return serves(leaf); })) << child->output();
  EXPECT_NE(child->output().find("no streaming lists here"), std::string::npos) << child->output();
  const std::string renewed = issue();
  EXPECT_TRUE(until([&] { return serves(renewed); })) << child->output();

  EXPECT_EQ(stop(child), 0);
}

}  // namespace
}  // namespace cluster
