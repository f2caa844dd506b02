// Two API servers on one etcd, and the operator goes from the one to the other, which lives in the past. What is to be
// taken away there is in use again in the present: nothing may be taken away, and the end is that of the present.
#include <csignal>
#include <iostream>

#include "cluster/api_proxy.h"
#include "cluster/bed.h"
#include "cluster/forwarder.h"

#include "support/campaign.h"

namespace cluster {
namespace {

using namespace std::chrono_literals;

constexpr char kBoth[] = "  bindings: [{virtualServer: vs_www, role: default}, {virtualServer: vs_shop, role: sni}]\n";
constexpr char kWww[] = "  bindings: [{virtualServer: vs_www, role: default}]\n";

class ClusterTimeTravel : public Bed {
 protected:
  ClusterTimeTravel() : watches_(second()) {
    plane().kubectl({"delete", "lease", "-n", "netscaler-cert-sync", "netscaler-cert-sync", "--ignore-not-found"});
    second_kubeconfig_ = plane().account_kubeconfig(second_folder_.path(), "netscaler-cert-sync", watches_.address());
    issue();
    apply_appliance();
  }
  ~ClusterTimeTravel() override {
    support::report("time-travel", 1, HasFailure() ? 1 : 0);
    watches_.release_watches();
    etcd_road().heal();
    for (auto* replica : {&first_, &second_}) {
      if (*replica == nullptr) continue;
      const auto said = (*replica)->output();
      EXPECT_EQ(stop(*replica), 0);
      if (HasFailure()) std::cerr << (replica == &first_ ? "--- the first\n" : "--- the second\n") << said;
    }
  }
  static Forwarder& etcd_road() {
    static Forwarder road(ControlPlane::get().etcd_address());
    return road;
  }
  static ControlPlane& second() {
    static ControlPlane plane(ControlPlane::get(), etcd_road().address());
    return plane;
  }

  /// One at each server; the first leads, and all is well.
  void start_both() {
    first_ = start_operator();
    ASSERT_NE(first_->wait_for(" leading "), "") << first_->output();
    second_ = start_operator_with(second_kubeconfig_);
    ASSERT_NE(second_->wait_for(" standing by "), "") << second_->output();
    ASSERT_TRUE(until([&] { return ready() == "True Synced"; })) << first_->output();
  }
  /// The standby has seen the resource as it is now.
  bool second_saw_it() {
    const auto version = jsonpath("ncs/www", "{.metadata.resourceVersion}");
    return until([&] { return watches_.told("\"resourceVersion\":\"" + version + "\""); });
  }
  void hand_over() {
    EXPECT_EQ(stop(first_), 0);
    box_->log().clear();
    box_->start_listening();
    ASSERT_NE(second_->wait_for(" leading "), "") << second_->output();
  }
  /// It has looked at the appliance and has nothing to say any more.
  bool has_worked() {
    return until([&] { return box_->log().requests() > 3 && watches_.quiet() > 2s; });
  }
  bool serves_soon(const std::string& leaf, const std::string& vserver = "vs_www") {
    return until([&] { return serves(leaf, vserver); }, 150s);
  }

  ApiProxy watches_;
  support::TempFolder second_folder_;
  std::string second_kubeconfig_;
  std::unique_ptr<Child> first_;
  std::unique_ptr<Child> second_;
};

/// The resource asks for less for a while, in which the appliance is away.
class ClusterTimeTravelOfSpecs : public ClusterTimeTravel, public testing::WithParamInterface<std::string> {};

TEST_P(ClusterTimeTravelOfSpecs, TheStandbyDoesNotSeeThatItIsWantedAgain) {
  apply_sync(kBoth);
  start_both();
  box_->stop_listening();
  apply_sync(GetParam());
  ASSERT_TRUE(second_saw_it());
  watches_.hold_watches();
  apply_sync(kBoth);

  hand_over();

  EXPECT_TRUE(has_worked()) << second_->output();
  EXPECT_EQ(taken_away(), "");
  watches_.release_watches();
  const auto leaf = issue();
  EXPECT_TRUE(serves_soon(leaf));
  EXPECT_TRUE(serves_soon(leaf, "vs_shop"));
  EXPECT_EQ(taken_away(), "");
}

INSTANTIATE_TEST_SUITE_P(Less, ClusterTimeTravelOfSpecs, testing::Values(kWww, std::string(kBoth) + "  chain: Omit\n"),
                         [](const auto& entry) { return entry.param == kWww ? "Binding" : "Link"; });

TEST_F(ClusterTimeTravel, TheStandbyDoesNotSeeThatADeletedOneWasMadeAgain) {
  apply_sync(std::string(kBoth) + "  deletionPolicy: Delete\n");
  start_both();
  box_->stop_listening();
  must(here({"delete", "ncs", "www", "--wait=false"}));
  ASSERT_TRUE(second_saw_it());
  watches_.hold_watches();
  must(here({"patch", "ncs", "www", "--type=merge", "-p", R"({"metadata":{"finalizers":null}})"}));
  apply_sync(kBoth);

  hand_over();

  EXPECT_TRUE(has_worked()) << second_->output();
  EXPECT_EQ(taken_away(), "");
  watches_.release_watches();
  const auto leaf = issue();
  EXPECT_TRUE(serves_soon(leaf));
  EXPECT_EQ(taken_away(), "");
}

TEST_F(ClusterTimeTravel, TheStandbysServerWasCutOffFromEtcd) {
  apply_sync(kBoth);
  start_both();
  box_->stop_listening();
  apply_sync(kWww);
  ASSERT_TRUE(second_saw_it());
  etcd_road().part();
  apply_sync(kBoth);
  const auto leaf = issue();
  EXPECT_EQ(stop(first_), 0);
  box_->log().clear();
  box_->start_listening();
  // Nobody leads through a server that cannot ask etcd.
  EXPECT_EQ(box_->log().requests(), 0U);
  etcd_road().heal();

  EXPECT_NE(second_->wait_for(" leading ", 150s), "") << second_->output();
  EXPECT_TRUE(serves_soon(leaf));
  EXPECT_TRUE(serves_soon(leaf, "vs_shop"));
  EXPECT_EQ(taken_away(), "");
}

TEST_F(ClusterTimeTravel, OneThatStartsAtAFrozenServerWritesNothing) {
  apply_sync(kBoth);
  first_ = start_operator();
  ASSERT_TRUE(until([&] { return ready() == "True Synced"; })) << first_->output();
  apply_sync(kWww);
  ASSERT_TRUE(until([&] { return jsonpath("ncs/www", "{.status.boundTo}").find("vs_shop") == std::string::npos; }));
  EXPECT_EQ(stop(first_), 0);
  const auto owner = must({"get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"});
  etcd_road().part();
  apply_sync(kBoth);
  const auto leaf = issue();
  box_->log().clear();

  second_ = start_operator_with(second_kubeconfig_, {"--owner-id", owner});
  // What it lists before it works; an answer would be used within the time of quiet that follows.
  ASSERT_TRUE(until([&] { return watches_.count(Family::Read) >= 5 && watches_.quiet() > 2s; })) << second_->output();
  EXPECT_EQ(second_->output().find("caches are full"), std::string::npos) << second_->output();
  EXPECT_EQ(box_->log().requests(), 0U);
  etcd_road().heal();

  EXPECT_TRUE(serves_soon(leaf, "vs_shop"));
  EXPECT_EQ(taken_away(), "");
}

}  // namespace
}  // namespace cluster
