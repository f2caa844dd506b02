#include "plan/guard.h"

#include <gtest/gtest.h>

namespace certsync::plan {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr SteadyPoint kStart{hours(100)};

TEST(Guard, DifferenceIsDriftOnlyOnceTheContentWasReached) {
  Guard guard;
  EXPECT_FALSE(guard.is_drift("www", "A1"));

  guard.reached("www", "A1");

  EXPECT_TRUE(guard.is_drift("www", "A1"));
  EXPECT_FALSE(guard.is_drift("www", "A2")) << "new content is our own wish";
  EXPECT_FALSE(guard.is_drift("api", "A1"));
}

TEST(Guard, WhatWasLeftForAnotherWishIsReachedNoMore) {
  Guard guard;
  guard.reached("www", "A1");

  guard.leaves("www", "A1");
  EXPECT_TRUE(guard.is_drift("www", "A1"));

  guard.leaves("www", "A2");
  EXPECT_FALSE(guard.is_drift("www", "A1")) << "going back is our own doing";
}

TEST(Guard, AnUpdateThatWasRefusedHasDisturbedNobody) {
  Guard guard;
  for (int i = 0; i < 9; ++i) {
    EXPECT_TRUE(guard.may_disturb("www", kStart)) << i;
    guard.undisturbed("www");
  }
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(guard.may_disturb("www", kStart));
  EXPECT_FALSE(guard.may_disturb("www", kStart));
}

TEST(Guard, FourthCorrectionWithinAnHourIsAFight) {
  Guard guard;
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(guard.may_correct("www", kStart + minutes(i)));

  EXPECT_FALSE(guard.may_correct("www", kStart + minutes(59)));
  EXPECT_TRUE(guard.fighting("www"));
  EXPECT_FALSE(guard.may_correct("www", kStart + hours(50))) << "ends only when it is forgiven";
  EXPECT_TRUE(guard.may_correct("api", kStart + minutes(59)));
}

TEST(Guard, ThreeCorrectionsInEveryHourAreNoFight) {
  Guard guard;
  for (int i = 0; i < 30; ++i)
    EXPECT_TRUE(guard.may_correct("www", kStart + i * minutes(20))) << i;
}

TEST(Guard, ForgivingStartsAnew) {
  Guard guard;
  for (int i = 0; i < 4; ++i)
    guard.may_correct("www", kStart);
  ASSERT_TRUE(guard.fighting("www"));

  guard.forgive("www");

  EXPECT_FALSE(guard.fighting("www"));
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(guard.may_correct("www", kStart));
  EXPECT_FALSE(guard.may_correct("www", kStart));
}

TEST(Guard, NewContentForgivesAndTheSameDoesNot) {
  Guard guard;
  guard.reached("www", "A1");
  for (int i = 0; i < 4; ++i)
    guard.may_correct("www", kStart);

  guard.reached("www", "A1");
  EXPECT_TRUE(guard.fighting("www"));
  guard.reached("www", "A2");
  EXPECT_FALSE(guard.fighting("www"));
}

TEST(Guard, ThreeUpdatesAtOnceThenOneAMinute) {
  Guard guard;
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(guard.may_disturb("www", kStart));
  EXPECT_FALSE(guard.may_disturb("www", kStart));
  EXPECT_TRUE(guard.may_disturb("api", kStart));

  EXPECT_FALSE(guard.may_disturb("www", kStart + seconds(59)));
  EXPECT_TRUE(guard.may_disturb("www", kStart + seconds(61)));
  EXPECT_FALSE(guard.may_disturb("www", kStart + seconds(62)));
}

TEST(Guard, RestFillsTheBurstAndNoMore) {
  Guard guard;
  for (int i = 0; i < 3; ++i)
    guard.may_disturb("www", kStart);

  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(guard.may_disturb("www", kStart + hours(5)));
  EXPECT_FALSE(guard.may_disturb("www", kStart + hours(5)));
}

TEST(Guard, SaysWhenTheNextUpdateIsAllowed) {
  Guard guard;
  EXPECT_EQ(guard.next_disturbance("www", kStart), kStart);
  for (int i = 0; i < 3; ++i)
    guard.may_disturb("www", kStart);

  EXPECT_EQ(guard.next_disturbance("www", kStart), kStart + minutes(1));
  const auto later = guard.next_disturbance("www", kStart + seconds(15)) - (kStart + minutes(1));
  EXPECT_LT(std::chrono::abs(later), std::chrono::milliseconds(1));
}

TEST(Guard, ForgetsCertkeysThatAreGone) {
  Guard guard;
  for (const char* certkey : {"www", "api"}) {
    guard.reached(certkey, "A1");
    for (int i = 0; i < 4; ++i) {
      guard.may_correct(certkey, kStart);
      guard.may_disturb(certkey, kStart);
    }
  }

  guard.forget_all_but({"api"});

  EXPECT_FALSE(guard.is_drift("www", "A1"));
  EXPECT_FALSE(guard.fighting("www"));
  EXPECT_TRUE(guard.may_disturb("www", kStart));
  EXPECT_TRUE(guard.is_drift("api", "A1"));
  EXPECT_TRUE(guard.fighting("api"));
  EXPECT_FALSE(guard.may_disturb("api", kStart));
}

}  // namespace
}  // namespace certsync::plan
