#include "model/condition.h"

#include <gtest/gtest.h>

namespace certsync::model {
namespace {

constexpr TimePoint kThen{std::chrono::hours(1)};
constexpr TimePoint kNow{std::chrono::hours(2)};

Condition ready(ConditionStatus status, const std::string& reason, TimePoint time, std::int64_t generation = 1) {
  return {"Ready", status, reason, "message of " + reason, generation, time};
}

TEST(Condition, FirstOneIsTakenAsItIs) {
  Conditions conditions;

  set_condition(conditions, ready(ConditionStatus::False, "Busy", kThen));

  ASSERT_EQ(conditions.size(), 1U);
  EXPECT_EQ(conditions.front(), ready(ConditionStatus::False, "Busy", kThen));
}

TEST(Condition, SameStatusKeepsItsTimeAndTakesTheRest) {
  Conditions conditions = {ready(ConditionStatus::False, "Busy", kThen)};

  set_condition(conditions, ready(ConditionStatus::False, "Waiting", kNow, 2));

  ASSERT_EQ(conditions.size(), 1U);
  EXPECT_EQ(conditions.front(), ready(ConditionStatus::False, "Waiting", kThen, 2));
}

TEST(Condition, OtherStatusMovesTheTime) {
  Conditions conditions = {ready(ConditionStatus::False, "Busy", kThen)};

  set_condition(conditions, ready(ConditionStatus::True, "Synced", kNow));

  EXPECT_EQ(conditions.front(), ready(ConditionStatus::True, "Synced", kNow));
}

TEST(Condition, OthersAreLeftAloneInTheirOrder) {
  Conditions conditions;
  for (const char* type : {"Ready", "Stalled", "Drifted"})
    set_condition(conditions, {type, ConditionStatus::False, "", "", 1, kThen});

  set_condition(conditions, {"Stalled", ConditionStatus::True, "", "", 1, kNow});

  ASSERT_EQ(conditions.size(), 3U);
  EXPECT_EQ(conditions[0].type, "Ready");
  EXPECT_EQ(conditions[1].type, "Stalled");
  EXPECT_EQ(conditions[0].last_transition, kThen);
  EXPECT_EQ(conditions[1].last_transition, kNow);
}

TEST(Condition, IsFoundByItsType) {
  const Conditions conditions = {ready(ConditionStatus::True, "Synced", kNow)};

  EXPECT_EQ(find_condition(conditions, "Ready"), &conditions.front());
  EXPECT_EQ(find_condition(conditions, "ready"), nullptr);
  EXPECT_EQ(find_condition({}, "Ready"), nullptr);
}

TEST(Condition, StatusIsSpelledAsKubernetesDoes) {
  EXPECT_EQ(to_text(ConditionStatus::True), "True");
  EXPECT_EQ(to_text(ConditionStatus::False), "False");
  EXPECT_EQ(to_text(ConditionStatus::Unknown), "Unknown");
}

}  // namespace
}  // namespace certsync::model
