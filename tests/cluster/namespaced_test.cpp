// The operator with rights in named namespaces only, as deploy/namespaced gives them.
#include <iostream>

#include "cluster/bed.h"

namespace cluster {
namespace {

class ClusterNamespaced : public Bed {
 protected:
  ClusterNamespaced() : Bed(namespaced_plane(), "team-a") {}
  static ControlPlane& namespaced_plane() {
    static ControlPlane plane("", "namespaced");
    return plane;
  }
  std::string may(const std::string& verb, const std::string& what, const std::string& where) {
    std::vector<std::string> question = {
        "auth", "can-i", verb, what, "--as", "system:serviceaccount:netscaler-cert-sync:netscaler-cert-sync"};
    if (where == "*") question.emplace_back("--all-namespaces");
    if (where != "*") question.insert(question.end(), {"-n", where});
    const std::string answer = plane().kubectl(question).output;
    return answer.find("yes") != std::string::npos ? "yes" : "no";
  }
};

TEST_F(ClusterNamespaced, ServesItsNamespaceAndLooksNowhereElse) {
  const std::string leaf = issue();
  apply_appliance("  grants: [{namespaces: {from: All}, targets: [\"vs_*\"]}]\n");
  apply_sync();
  must({"create", "namespace", "team-x"});
  plane().apply(
      "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: other, namespace: "
      "team-x}\nspec:\n  secretRef: {name: www-tls}\n  appliances: [{name: " +
      appliance_ + "}]\n");

  // One forbidden namespace does not stop the others.
  auto child = start_operator({"--watch-namespaces", "team-x,team-a"});

  EXPECT_TRUE(until([&] { return serves(leaf); })) << child->output();
  EXPECT_TRUE(until([&] { return ready() == "True Synced"; })) << ready();
  const std::string renewed = issue();
  EXPECT_TRUE(until([&] { return serves(renewed); })) << child->output();
  EXPECT_NE(child->output().find("/namespaces/team-x/secrets"), std::string::npos) << "it says what it may not";
  EXPECT_EQ(must({"get", "ncs", "-n", "team-x", "other", "-o", "jsonpath={.status}"}), "");
  EXPECT_EQ(stop(child), 0);
}

TEST_F(ClusterNamespaced, MayReadNoSecretsOfOthers) {
  EXPECT_EQ(may("list", "secrets", "*"), "no");
  EXPECT_EQ(may("get", "secrets", "kube-system"), "no");
  EXPECT_EQ(may("list", "secrets", "team-a"), "yes");
  EXPECT_EQ(may("update", "secrets", "team-a"), "no");
}

}  // namespace
}  // namespace cluster
