// The operator against a real API server, under its own ServiceAccount, driven as a person would.
#include <csignal>
#include <iostream>
#include <sstream>

#include "cluster/bed.h"

namespace cluster {
namespace {

using namespace std::chrono_literals;

/// The first so many cells of a table's row, with one blank between.
std::string cells(const std::string& row, int count) {
  std::istringstream in(row);
  std::string text;
  std::string cell;
  while (count-- > 0 && in >> cell)
    text += (text.empty() ? "" : " ") + cell;
  return text;
}

class ClusterOperator : public Bed {
 protected:
  ClusterOperator() : operator_(start_operator()) {}
  ~ClusterOperator() override {
    if (operator_ == nullptr) return;
    operator_->signal(SIGTERM);
    EXPECT_EQ(operator_->wait(), 0);
    if (HasFailure()) std::cerr << operator_->output();
  }

  std::unique_ptr<Child> operator_;
};

TEST_F(ClusterOperator, ServesASecretAndShowsIt) {
  const std::string leaf = issue();
  apply_appliance();
  apply_sync();

  must(here({"wait", "--for=condition=Ready", "ncs/www", "--timeout=60s"}));

  EXPECT_TRUE(serves(leaf));
  EXPECT_TRUE(until([&] { return cells(must(here({"get", "ncs", "www", "--no-headers"})), 3) == "www True www-tls"; }));
  const std::string wide = must(here({"get", "ncs", "www", "--no-headers", "-o", "wide"}));
  EXPECT_NE(wide.find("installed, bound and saved on 1 of 1 appliances"), std::string::npos) << wide;
  EXPECT_TRUE(until([&] {
    return cells(must({"get", "nsa", appliance_, "--no-headers"}), 5) ==
           appliance_ + " True " + box_->url() + " 14.1-43.50 3";
  })) << must({"get", "nsa", appliance_});
  EXPECT_TRUE(until([&] {
    return must(here({"describe", "ncs", "www"})).find("Normal  Synced") != std::string::npos;
  })) << must(here({"describe", "ncs", "www"}));

  const std::string renewed = issue();
  EXPECT_TRUE(until([&] { return serves(renewed); }));
}

}  // namespace
}  // namespace cluster
