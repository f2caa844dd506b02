// spec.deployWindows, the same on both kinds.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "codec/objects.h"

namespace certsync::codec {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;

Result<model::CertSync> sync_with(const json& windows) {
  json object = json::parse(R"({
    "apiVersion": "netscaler.certsync.io/v1alpha1", "kind": "NetScalerCertSync", "metadata": {"name": "www"},
    "spec": {"secretRef": {"name": "www-tls"}, "appliances": [{"name": "edge"}]}})");
  object["spec"]["deployWindows"] = windows;
  return decode_cert_sync(object, Dialect::Cluster);
}

Result<model::Appliance> appliance_with(const json& windows) {
  json object = json::parse(R"({
    "apiVersion": "netscaler.certsync.io/v1alpha1", "kind": "NetScalerAppliance", "metadata": {"name": "edge"},
    "spec": {"endpoints": ["https://192.0.2.10"], "credentialsSecretRef": {"name": "edge-nitro"}}})");
  object["spec"]["deployWindows"] = windows;
  return decode_appliance(object, Dialect::Standalone);
}

std::string joined(const std::vector<std::string>& problems) {
  std::string text;
  for (const auto& problem : problems)
    text += problem + "\n";
  return text;
}

// Of a lone window whose members are replaced as in `patch` (null removes).
std::string problems_of_window(const char* patch) {
  json window = {{"schedule", "0 22 * * 1-5"}, {"duration", "4h"}};
  window.merge_patch(json::parse(patch));
  return joined(sync_with({{"windows", {window}}})->problems);
}

TEST(DeployWindowsJson, AreReadOnBothKinds) {
  const auto windows = json::parse(R"({
    "windows": [{"schedule": "0 22 * * 1-5", "duration": "4h", "timeZone": "Europe/Berlin"},
                {"schedule": "*/15 0-6,22 1 jan-mar sun", "duration": "168h", "timeZone": "Etc/GMT+1"},
                {"schedule": "0 3 * * *", "duration": "1m"}],
    "urgentBefore": "24h"})");
  const model::DeployWindows wanted = {{{"0 22 * * 1-5", hours(4), "Europe/Berlin"},
                                        {"*/15 0-6,22 1 jan-mar sun", hours(168), "Etc/GMT+1"},
                                        {"0 3 * * *", minutes(1), "UTC"}},
                                       hours(24)};

  EXPECT_EQ(joined(sync_with(windows)->problems), "");
  EXPECT_EQ(sync_with(windows)->spec.deploy_windows, wanted);
  EXPECT_EQ(joined(appliance_with(windows)->problems), "");
  EXPECT_EQ(appliance_with(windows)->spec.deploy_windows, wanted);
}

TEST(DeployWindowsJson, WhereNothingIsSaidNothingIsSet) {
  for (const auto* text : {"null", "{}", R"({"windows": []})", R"({"windows": null, "urgentBefore": null})"}) {
    EXPECT_EQ(joined(sync_with(json::parse(text))->problems), "") << text;
    EXPECT_EQ(sync_with(json::parse(text))->spec.deploy_windows, model::DeployWindows{}) << text;
  }
}

TEST(DeployWindowsJson, AreAtMostSixteen) {
  json windows = json::array();
  for (int i = 0; i < 16; ++i)
    windows.push_back({{"schedule", "0 0 1 1 0"}, {"duration", "1m"}});
  EXPECT_EQ(joined(sync_with({{"windows", windows}})->problems), "");

  windows.push_back(windows.front());

  EXPECT_EQ(joined(sync_with({{"windows", windows}})->problems),
            "spec.deployWindows.windows: must have at most 16 entries, not 17\n");
}

TEST(DeployWindowsJson, UrgentBeforeHasBounds) {
  EXPECT_EQ(joined(sync_with({{"urgentBefore", "8784h"}})->problems), "");
  EXPECT_EQ(joined(sync_with({{"urgentBefore", "8784h1ms"}})->problems),
            "spec.deployWindows.urgentBefore: must be from 0s to 8784h, not \"8784h1ms\"\n");
  EXPECT_EQ(joined(sync_with({{"urgentBefore", 72}})->problems),
            "spec.deployWindows.urgentBefore: must be a duration such as 30s or 1h30m, not 72\n");
}

struct WindowRow {
  const char* name;
  const char* patch;
  /// Behind "spec.deployWindows.windows[0]."; empty = none.
  const char* problem;
};

void PrintTo(const WindowRow& row, std::ostream* out) {
  *out << row.name;
}

class WindowProblem : public testing::TestWithParam<WindowRow> {};

TEST_P(WindowProblem, IsNamedWithItsPath) {
  const std::string problem = GetParam().problem;
  EXPECT_EQ(problems_of_window(GetParam().patch),
            problem.empty() ? "" : "spec.deployWindows.windows[0]." + problem + "\n");
}

constexpr char kHour[] = "schedule: hour must be * or numbers from 0 to 23, or lists, ranges and steps of them";
constexpr char kFive[] =
    "schedule: must have five fields: minute, hour, day of month, month, day of week, such as 0 22 * * 1-5";
constexpr char kZone[] = "timeZone: must be UTC or a name of the system's tz database, such as Europe/Berlin";

INSTANTIATE_TEST_SUITE_P(
    Codec, WindowProblem,
    testing::Values(WindowRow{"Fine", "{}", ""}, WindowRow{"BlanksAround", R"({"schedule": "  0  22 * * 1-5 "})", ""},
                    WindowRow{"NoSchedule", R"({"schedule": null})", "schedule: must be given"},
                    WindowRow{"NoDuration", R"({"duration": null})", "duration: must be given"},
                    WindowRow{"FourFields", R"({"schedule": "0 22 * *"})", kFive},
                    WindowRow{"AWord", R"({"schedule": "@midnight"})", kFive},
                    WindowRow{"Empty", R"({"schedule": ""})", kFive},
                    WindowRow{"Tabs", R"({"schedule": "0\t22\t*\t*\t*"})", kFive},
                    WindowRow{"NoSuchHour", R"({"schedule": "0 24 * * *"})", kHour},
                    WindowRow{"NeverIsForTheStatus", R"({"schedule": "0 0 31 2 *"})", ""},
                    WindowRow{"AScheduleIsNotQuoted", R"({"schedule": "0 hunter2 * * *"})", kHour},
                    WindowRow{"AScheduleIsText", R"({"schedule": 22})", "schedule: must be text, not 22"},
                    WindowRow{"TooShort", R"({"duration": "59s"})", "duration: must be from 1m to 168h, not \"59s\""},
                    WindowRow{"TooLong", R"({"duration": "168h1ms"})",
                              "duration: must be from 1m to 168h, not \"168h1ms\""},
                    WindowRow{"NotADuration", R"({"duration": "7d"})",
                              "duration: must be a duration such as 30s or 1h30m, not \"7d\""},
                    WindowRow{"NoSuchZone", R"({"timeZone": "Europe/Bonn"})", kZone},
                    WindowRow{"CaseMatters", R"({"timeZone": "europe/berlin"})", kZone},
                    WindowRow{"NoZone", R"({"timeZone": ""})", kZone},
                    WindowRow{"ZoneOfTheMachine", R"({"timeZone": "localtime"})", kZone},
                    WindowRow{"ZoneOutsideTheDatabase", R"({"timeZone": "../../../etc/passwd"})", kZone},
                    WindowRow{"TheDefaultZone", R"({"timeZone": null})", ""},
                    WindowRow{"Typo", R"({"timezone": "UTC"})", "timezone: unknown field"}),
    [](const auto& row) { return row.param.name; });

TEST(DeployWindowsJson, AScheduleIsAtMost128Characters) {
  const std::string longest = "0" + std::string(119, ' ') + "22 * * *";

  EXPECT_EQ(problems_of_window((R"({"schedule": ")" + longest + R"("})").c_str()), "");
  EXPECT_EQ(problems_of_window((R"({"schedule": ")" + longest + R"( "})").c_str()),
            "spec.deployWindows.windows[0].schedule: must be at most 128 characters\n");
}

}  // namespace
}  // namespace certsync::codec
