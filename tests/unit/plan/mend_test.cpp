// Putting back what an update broke beside its own certkey.
#include "plan/mend.h"

#include <gtest/gtest.h>

namespace certsync::plan {
namespace {

using model::InstalledBinding;
using model::Role;

// www is bound as default and by SNI to vs, foreign by SNI beside it and as default to vs_far; www was just updated.
class Mend : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"www", "foreign"})
      before_.certkeys[name].name = name;
    before_.bindings = {kDefault, kSni, kNeighbour, kFar};
    after_ = before_;
    done_ = {{UpdateCertKey{"www", "new.pem", "new.key", false}, "www", {}, {}}};
  }
  std::string mended() const { return to_text(mend(before_, after_, done_)); }

  const InstalledBinding kDefault{"vs", "www", false, false};
  const InstalledBinding kSni{"vs", "www", true, false};
  const InstalledBinding kNeighbour{"vs", "foreign", true, false};
  const InstalledBinding kFar{"vs_far", "foreign", true, false};
  model::ApplianceState before_;
  model::ApplianceState after_;
  std::vector<Step> done_;
};

TEST_F(Mend, NothingBrokenNothingDone) {
  EXPECT_EQ(mended(), "");
}

TEST_F(Mend, LostBindingsOfTheUpdatedCertkeyAreBoundAgain) {
  after_.bindings.erase(kDefault);
  after_.bindings.erase(kSni);

  EXPECT_EQ(mended(),
            "bind certkey www to vs as default\n"
            "bind certkey www to vs as sni\n");
}

TEST_F(Mend, LostSniNeighbourIsBoundAgain) {
  after_.bindings.erase(kNeighbour);

  EXPECT_EQ(mended(), "bind certkey foreign to vs as sni\n");
}

TEST_F(Mend, LossesElsewhereAreSomebodyElses) {
  after_.bindings.erase(kFar);

  EXPECT_EQ(mended(), "");
}

TEST_F(Mend, WithoutAnUpdateNothingIsOurDoing) {
  after_.bindings.clear();
  done_ = {{Link{"www", "ca"}, "www", {}, {}}};

  EXPECT_EQ(mended(), "");
}

TEST_F(Mend, WhatWeUnboundStaysUnbound) {
  after_.bindings.erase(kSni);
  done_.push_back({Unbind{"vs", "www", Role::Sni}, "www", {}, {}});

  EXPECT_EQ(mended(), "");
}

TEST_F(Mend, DefaultThatWeBoundOverStaysReplaced) {
  after_.bindings.erase(kDefault);
  done_.push_back({Bind{"vs", "next", Role::Default}, "next", {}, {}});

  EXPECT_EQ(mended(), "");
}

TEST_F(Mend, CertkeyThatIsGoneIsNotBound) {
  after_.bindings.erase(kNeighbour);
  after_.certkeys.erase("foreign");

  EXPECT_EQ(mended(), "");
}

TEST_F(Mend, CaBindingsAreNotOurs) {
  before_.bindings.insert({"vs", "www", false, true});

  EXPECT_EQ(mended(), "");
}

}  // namespace
}  // namespace certsync::plan
