// May an update happen now? Windows of appliance and resource, and the end of what is installed, beside the answer.
#include "plan/deploy_time.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace certsync::plan {
namespace {

using model::DeployWindow;
using model::DeployWindows;
using std::chrono::hours;
using std::chrono::milliseconds;

TimePoint at(const std::string& text) {
  const auto time = from_rfc3339(text);
  EXPECT_TRUE(time) << text;
  return time.value_or(TimePoint{});
}

DeployWindows windows(const std::string& schedule, std::optional<milliseconds> urgent = std::nullopt) {
  return {{DeployWindow{schedule, hours(4), "UTC"}}, urgent};
}

const DeployWindows kAlways;
const DeployWindows kNights = windows("0 22 * * *");
const DeployWindows kMornings = windows("0 7 * * *");
const DeployWindows kFirstOfMonth = windows("0 22 1 * *");
const DeployWindows kNever = windows("0 0 31 2 *");

struct Row {
  const char* name;
  DeployWindows appliance;
  DeployWindows resource;
  /// Empty = not known.
  const char* not_after;
  const char* answer;
  const char* now = "2026-06-10T12:00:00Z";
  bool deploy_now = false;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

std::string text_of(const DeployDecision& decision) {
  constexpr const char* kWords[] = {"allowed", "wait", "urgent", "unsatisfiable"};
  return std::string(kWords[static_cast<int>(decision.verdict)]) +
         (decision.at ? " until " + to_rfc3339(*decision.at) : "") +
         (decision.message.empty() ? "" : ": " + decision.message);
}

class DeployTime : public testing::TestWithParam<Row> {};

TEST_P(DeployTime, IsThis) {
  const auto& row = GetParam();
  const auto not_after = *row.not_after == '\0' ? std::nullopt : std::optional(at(row.not_after));

  const auto decision = decide({row.appliance, row.resource, not_after, row.deploy_now}, at(row.now));

  EXPECT_EQ(text_of(decision), row.answer);
  EXPECT_EQ(decision.go(), !decision.at.has_value());
  EXPECT_GT(decision.at.value_or(TimePoint::max()), at(row.now));
}

constexpr char kFar[] = "2026-07-10T12:00:00Z";

INSTANTIATE_TEST_SUITE_P(
    Plan, DeployTime,
    testing::Values(
        Row{"NoWindows", kAlways, kAlways, kFar, "allowed"},
        Row{"NoWindowsAndUrgent", kAlways, kAlways, "2026-06-10T13:00:00Z", "allowed"},
        Row{"Open", kNights, kAlways, kFar, "allowed", "2026-06-10T23:00:00Z"},
        Row{"OpenAndUrgent", kNights, kAlways, "2026-06-11T00:00:00Z", "allowed", "2026-06-10T23:00:00Z"},
        Row{"OfTheAppliance", kNights, kAlways, kFar,
            "wait until 2026-06-10T22:00:00Z: waits for the deploy window that opens at 2026-06-10T22:00:00Z"},
        Row{"OfTheResource", kAlways, kNights, kFar,
            "wait until 2026-06-10T22:00:00Z: waits for the deploy window that opens at 2026-06-10T22:00:00Z"},
        Row{"OfBoth", kNights, windows("0 0 * * *"), kFar,
            "wait until 2026-06-11T00:00:00Z: waits for the deploy window that opens at 2026-06-11T00:00:00Z"},
        Row{"OneOpenOneNot", kNights, windows("0 0 * * *"), kFar,
            "wait until 2026-06-11T00:00:00Z: waits for the deploy window that opens at 2026-06-11T00:00:00Z",
            "2026-06-10T23:00:00Z"},
        Row{"DeployNow", kNights, kNever, kFar, "allowed: deploy-now was asked for: no deploy window is waited for",
            "2026-06-10T12:00:00Z", true},
        Row{"DeployNowWhileOpen", kAlways, kAlways, kFar, "allowed", "2026-06-10T12:00:00Z", true}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Urgency, DeployTime,
    testing::Values(
        Row{"Within72Hours", kNights, kAlways, "2026-06-13T12:00:00Z",
            "urgent: the installed certificate ends at 2026-06-13T12:00:00Z, within urgentBefore (72h): no deploy "
            "window is waited for"},
        Row{"ASecondMore", kNights, kAlways, "2026-06-13T12:00:01Z",
            "wait until 2026-06-10T12:00:01Z: waits until 2026-06-10T12:00:01Z, urgentBefore (72h) before the "
            "installed certificate ends: the next deploy window opens only at 2026-06-10T22:00:00Z"},
        Row{"TheWindowComesWithUrgency", kNights, kAlways, "2026-06-13T22:00:00Z",
            "wait until 2026-06-10T22:00:00Z: waits for the deploy window that opens at 2026-06-10T22:00:00Z"},
        Row{"TheWindowComesLater", kFirstOfMonth, kAlways, "2026-07-03T00:00:00Z",
            "wait until 2026-06-30T00:00:00Z: waits until 2026-06-30T00:00:00Z, urgentBefore (72h) before the "
            "installed certificate ends: the next deploy window opens only at 2026-07-01T22:00:00Z"},
        Row{"LargerOfTheAppliance", windows("0 22 * * *", hours(48)), windows("0 22 * * *", hours(24)),
            "2026-06-12T12:00:00Z",
            "urgent: the installed certificate ends at 2026-06-12T12:00:00Z, within urgentBefore (48h): no deploy "
            "window is waited for"},
        Row{"LargerOfTheResource",
            windows("0 22 * * *", hours(0)),
            {{}, hours(48)},
            "2026-06-12T12:00:00Z",
            "urgent: the installed certificate ends at 2026-06-12T12:00:00Z, within urgentBefore (48h): no deploy "
            "window is waited for"},
        Row{"WithoutWindowsNothingIsUnsaid", windows("0 22 * * *", hours(1)), kAlways, "2026-06-12T12:00:00Z",
            "wait until 2026-06-10T22:00:00Z: waits for the deploy window that opens at 2026-06-10T22:00:00Z"},
        Row{"Ended", kNights, kAlways, "2026-06-10T12:00:00Z",
            "urgent: the installed certificate ended at 2026-06-10T12:00:00Z: no deploy window is waited for"},
        Row{"EndedWithoutUrgency", windows("0 22 * * *", hours(0)), kAlways, "2026-06-01T00:00:00Z",
            "urgent: the installed certificate ended at 2026-06-01T00:00:00Z: no deploy window is waited for"},
        Row{"NotKnown", kNights, kAlways, "",
            "urgent: it is not known when the installed certificate ends: no deploy window is waited for"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Unsatisfiable, DeployTime,
    testing::Values(
        Row{"OfTheAppliance", kNever, kNights, kFar,
            "unsatisfiable until 2026-07-07T12:00:00Z: no deploy window opens before the installed certificate ends at "
            "2026-07-10T12:00:00Z: the windows of the appliance do not open until then. Mend spec.deployWindows, or "
            "ask for deploy-now; otherwise it is deployed without a window at 2026-07-07T12:00:00Z, urgentBefore (72h) "
            "before that end"},
        Row{"OfTheResource", kAlways, kNever, kFar,
            "unsatisfiable until 2026-07-07T12:00:00Z: no deploy window opens before the installed certificate ends at "
            "2026-07-10T12:00:00Z: the windows of the resource do not open until then. Mend spec.deployWindows, or "
            "ask for deploy-now; otherwise it is deployed without a window at 2026-07-07T12:00:00Z, urgentBefore (72h) "
            "before that end"},
        Row{"OfBoth", kNights, kMornings, kFar,
            "unsatisfiable until 2026-07-07T12:00:00Z: no deploy window opens before the installed certificate ends at "
            "2026-07-10T12:00:00Z: the windows of the appliance and those of the resource are not open at the same "
            "time until then. Mend spec.deployWindows, or ask for deploy-now; otherwise it is deployed without a "
            "window at 2026-07-07T12:00:00Z, urgentBefore (72h) before that end"},
        Row{"WithTheEndItself", kFirstOfMonth, kAlways, "2026-07-01T22:00:00Z",
            "unsatisfiable until 2026-06-28T22:00:00Z: no deploy window opens before the installed certificate ends at "
            "2026-07-01T22:00:00Z: the windows of the appliance do not open until then. Mend spec.deployWindows, or "
            "ask for deploy-now; otherwise it is deployed without a window at 2026-06-28T22:00:00Z, urgentBefore (72h) "
            "before that end"},
        Row{"WithoutUrgency", windows("0 0 31 2 *", hours(0)), kAlways, kFar,
            "unsatisfiable until 2026-07-10T12:00:00Z: no deploy window opens before the installed certificate ends at "
            "2026-07-10T12:00:00Z: the windows of the appliance do not open until then. Mend spec.deployWindows, or "
            "ask for deploy-now; otherwise it is deployed without a window at 2026-07-10T12:00:00Z, urgentBefore (0s) "
            "before that end"},
        Row{"OfACertificateForDecades", kNever, kAlways, "2046-01-01T00:00:00Z",
            "unsatisfiable until 2045-12-29T00:00:00Z: no deploy window opens within five years: the windows of the "
            "appliance do not open until then. Mend spec.deployWindows, or ask for deploy-now; otherwise it is "
            "deployed without a window at 2045-12-29T00:00:00Z, urgentBefore (72h) before that end"}),
    [](const auto& row) { return row.param.name; });

TEST(UrgentBefore, Is72HoursAsSoonAsThereAreWindows) {
  EXPECT_EQ(urgent_before(kAlways, kAlways), hours(0));
  EXPECT_EQ(urgent_before(kNights, kAlways), hours(72));
  EXPECT_EQ(urgent_before(kAlways, kNights), hours(72));
  EXPECT_EQ(urgent_before(windows("0 22 * * *", hours(1)), windows("0 22 * * *", hours(2))), hours(2));
}

}  // namespace
}  // namespace certsync::plan
