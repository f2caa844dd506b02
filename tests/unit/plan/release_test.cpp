// A deletion ends: what is waited for, what is not, and what is said to stay behind.
#include "plan/release.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace certsync::plan {
namespace {

using std::chrono::hours;

const TimePoint kDeleted = *from_rfc3339("2026-02-01T00:00:00Z");

ReleaseTarget removed(const std::string& appliance) {
  return {appliance, true, false, false, false, hours(24)};
}
ReleaseTarget not_yet(const std::string& appliance) {
  return {appliance, false, false, false, false, hours(24)};
}
ReleaseTarget gone(const std::string& appliance) {
  return {appliance, false, true, false, false, hours(0)};
}
ReleaseTarget forbidden(const std::string& appliance) {
  return {appliance, false, false, true, false, hours(24)};
}
ReleaseTarget unreachable(const std::string& appliance) {
  return {appliance, false, false, false, true, hours(24)};
}

class Deletion : public testing::Test {
 protected:
  Deletion() {
    sync_.meta.ref = {"web", "www"};
    sync_.meta.deleting = true;
    sync_.meta.deleted_at = kDeleted;
    sync_.spec.deletion_policy = model::DeletionPolicy::Delete;
    model::ApplianceTargetStatus edge;
    edge.name = "edge";
    edge.certkeys = {"www", "www2"};
    sync_.status.appliances = {edge};
    sync_.status.bound_to = {"dmz/vs_dmz:default", "edge/vs_www:sni"};
  }

  // "waits", or what stays behind, one a line.
  std::string after(std::chrono::seconds time, const std::vector<ReleaseTarget>& targets) const {
    const auto release = plan::release(sync_, targets, kDeleted + time);
    std::string text = release.done ? "" : "waits";
    for (const auto& left : release.left)
      text += left.appliance + ": " + left.note + "\n";
    return text;
  }

  model::CertSync sync_;
};

constexpr char kTimedOut[] =
    "edge: certkeys www, www2, bindings vs_www:sni stay: it could not be reached, and its spec.deletionTimeout (24h) "
    "is "
    "over\n";

TEST_F(Deletion, WaitsForEveryAppliance) {
  EXPECT_EQ(after(hours(1), {removed("dmz"), not_yet("edge")}), "waits");
  EXPECT_EQ(after(hours(1), {removed("dmz"), removed("edge")}), "");
}

TEST_F(Deletion, OfARetainedResourceWaitsForNothing) {
  sync_.spec.deletion_policy = model::DeletionPolicy::Retain;

  EXPECT_EQ(after(hours(0), {not_yet("edge")}), "");
}

TEST_F(Deletion, AnUnreachableApplianceIsWaitedForUntilItsTimeoutIsOver) {
  EXPECT_EQ(after(hours(24) - std::chrono::seconds(1), {unreachable("edge")}), "waits");
  EXPECT_EQ(after(hours(24), {unreachable("edge")}), kTimedOut);
}

TEST_F(Deletion, OneThatAnswersIsWaitedForWithoutEnd) {
  EXPECT_EQ(after(hours(1000), {not_yet("edge")}), "waits");
}

TEST_F(Deletion, WithoutAKnownBeginningNoTimeoutEnds) {
  sync_.meta.deleted_at.reset();

  EXPECT_EQ(after(hours(1000), {unreachable("edge")}), "waits");
}

TEST_F(Deletion, NothingIsSaidWhileAnotherApplianceIsWaitedFor) {
  EXPECT_EQ(after(hours(24), {unreachable("edge"), not_yet("dmz")}), "waits");
}

TEST_F(Deletion, AnApplianceThatIsGoneIsNotWaitedFor) {
  EXPECT_EQ(after(hours(0), {gone("dmz")}),
            "dmz: bindings vs_dmz:default stay: there is no NetScalerAppliance dmz any more\n");
}

TEST_F(Deletion, WhereNothingMayBeTakenAwayNothingIsWaitedFor) {
  EXPECT_EQ(after(hours(0), {forbidden("lab")}),
            "lab: whatever was deployed there stays: its spec.grants do not allow to take it away\n");
}

TEST_F(Deletion, LetGoEndsItAtOnce) {
  sync_.meta.annotations["netscaler.certsync.io/let-go"] = "true";

  EXPECT_EQ(after(hours(0), {removed("dmz"), not_yet("edge")}),
            "edge: certkeys www, www2, bindings vs_www:sni stay: annotation netscaler.certsync.io/let-go asked not to "
            "wait\n");
}

TEST_F(Deletion, LetGoMustSayTrue) {
  sync_.meta.annotations["netscaler.certsync.io/let-go"] = "yes";

  EXPECT_EQ(after(hours(0), {not_yet("edge")}), "waits");
}

}  // namespace
}  // namespace certsync::plan
