// What a cluster test works with: the control plane, an appliance, a certificate authority, operators, and a namespace
// and an appliance object of its own, so that tests do not meet.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "cluster/control_plane.h"
#include "e2e/child.h"
#include "e2e/estate_folder.h"
#include <gtest/gtest.h>

#include "sim/simulator.h"
#include "support/test_pki.h"

namespace cluster {

using e2e::Child;
using e2e::until;

class Bed : public testing::Test {
 protected:
  /// `space`: a namespace that is there; empty = a new one.
  explicit Bed(ControlPlane& plane = ControlPlane::get(), const std::string& space = "");
  ~Bed() override;

  ControlPlane& plane() { return plane_; }
  std::string must(const std::vector<std::string>& arguments, const std::string& input = "") {
    return plane().must(arguments, input);
  }
  /// In the test's namespace.
  std::vector<std::string> here(std::vector<std::string> arguments) const;

  // Objects.
  /// The test's NetScalerAppliance and its credentials; `spec`: more lines of its spec, two blanks before each.
  void apply_appliance(const std::string& spec = "", const std::string& password = "nsroot-password");
  /// The NetScalerCertSync www of the Secret www-tls; `spec`: more lines.
  std::string sync_yaml(const std::string& spec, const std::string& name, const std::string& secret) const;
  void apply_sync(const std::string& spec = "", const std::string& name = "www", const std::string& secret = "www-tls");
  /// A new certificate in the Secret; gives the SHA-256 of its leaf (hex).
  std::string issue(const std::string& secret = "www-tls", const std::string& labels = "");
  static std::string leaf_of(const support::Issued& issued);
  std::string secret_yaml(const std::string& name, const support::Issued& issued, const std::string& labels = "") const;
  std::string jsonpath(const std::string& object, const std::string& path) {
    return plane().kubectl(here({"get", object, "-o", "jsonpath=" + path})).output;
  }
  /// "True Synced" of the condition Ready.
  std::string ready(const std::string& name = "www");

  // Operators.
  std::unique_ptr<Child> start_operator(std::vector<std::string> more = {});
  std::unique_ptr<Child> start_operator_with(const std::string& kubeconfig, std::vector<std::string> more = {});
  /// A scrape.
  static std::string metrics_of(Child& child);
  /// What a probe gets: "ok".
  static std::string probe(Child& child, const std::string& path);
  static double metric(Child& child, const std::string& series);
  /// Ends it with SIGTERM; its exit code.
  static int stop(std::unique_ptr<Child>& child);

  // The appliance.
  bool serves(const std::string& leaf, const std::string& vserver = "vs_www") {
    return e2e::served(box_->endpoint(vserver), "www.example.com") == leaf;
  }
  /// "add certkey", … : mutating requests so far.
  std::size_t writes() const { return box_->log().mutating(); }
  /// Requests that take something away, files apart; one a line.
  std::string taken_away() const;

  static sim::Options two_servers();

  ControlPlane& plane_;
  std::unique_ptr<sim::Simulator> box_;
  support::Authority root_;
  support::Authority issuer_;
  support::TempFolder folder_;
  std::string space_;
  std::string appliance_;
  std::string kubeconfig_;
};

}  // namespace cluster
