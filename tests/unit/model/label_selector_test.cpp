#include "model/label_selector.h"

#include <gtest/gtest.h>

namespace certsync::model {
namespace {

using Op = LabelOperator;

struct Case {
  const char* name;
  LabelSelector selector;
  bool matches;
};

class Selector : public testing::TestWithParam<Case> {};

// Against app=www, tier=front.
TEST_P(Selector, MatchesAsKubernetesDoes) {
  EXPECT_EQ(GetParam().selector.matches({{"app", "www"}, {"tier", "front"}}), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    Label, Selector,
    testing::Values(Case{"Empty", {}, true}, Case{"Label", {{{"app", "www"}}, {}}, true},
                    Case{"AllLabels", {{{"app", "www"}, {"tier", "front"}}, {}}, true},
                    Case{"OneLabelOff", {{{"app", "www"}, {"tier", "back"}}, {}}, false},
                    Case{"MissingLabel", {{{"owner", ""}}, {}}, false},
                    Case{"In", {{}, {{"app", Op::In, {"api", "www"}}}}, true},
                    Case{"InNone", {{}, {{"app", Op::In, {"api"}}}}, false},
                    Case{"InOfMissing", {{}, {{"owner", Op::In, {"www"}}}}, false},
                    Case{"NotIn", {{}, {{"app", Op::NotIn, {"api"}}}}, true},
                    Case{"NotInButListed", {{}, {{"app", Op::NotIn, {"www"}}}}, false},
                    Case{"NotInOfMissing", {{}, {{"owner", Op::NotIn, {"www"}}}}, true},
                    Case{"Exists", {{}, {{"app", Op::Exists, {}}}}, true},
                    Case{"ExistsOfMissing", {{}, {{"owner", Op::Exists, {}}}}, false},
                    Case{"DoesNotExist", {{}, {{"owner", Op::DoesNotExist, {}}}}, true},
                    Case{"DoesNotExistButDoes", {{}, {{"app", Op::DoesNotExist, {}}}}, false},
                    Case{"LabelsAndExpressions", {{{"app", "www"}}, {{"tier", Op::In, {"back"}}}}, false}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace certsync::model
