#include "plan/step.h"

#include <gtest/gtest.h>

namespace certsync::plan {
namespace {

using model::Role;

struct Printed {
  const char* name;
  Action action;
  const char* text;
  bool configuration;
};

class StepText : public testing::TestWithParam<Printed> {};

TEST_P(StepText, ReadsAsASentence) {
  const auto& [name, action, text, configuration] = GetParam();

  EXPECT_EQ(to_text(Step{action, "", {}, {}}), text);
  EXPECT_EQ(changes_configuration(action), configuration);
  const auto [verb, object] = words(action);
  EXPECT_TRUE(std::string(text).starts_with(std::string(verb) + " " + object)) << verb << " " << object;
}

INSTANTIATE_TEST_SUITE_P(
    Step, StepText,
    testing::Values(
        Printed{"UploadCertificate", UploadCertificate{"a.pem", {}}, "upload file a.pem", false},
        Printed{"UploadKey", UploadKey{"a.key", {}, {}}, "upload file a.key", false},
        Printed{"DeleteFile", DeleteFile{"a.pem"}, "delete file a.pem", false},
        Printed{"AddCertKey", AddCertKey{"www", "a.pem", "a.key", true, 30}, "add certkey www from a.pem", true},
        Printed{"UpdateCertKey", UpdateCertKey{"www", "a.pem", "a.key", false}, "update certkey www from a.pem", true},
        Printed{"MonitorOn", SetMonitor{"www", true, 12}, "set expiry monitor of www on, 12 days", true},
        Printed{"MonitorOff", SetMonitor{"www", false, 12}, "set expiry monitor of www off", true},
        Printed{"Link", Link{"www", "ca"}, "link certkey www to ca", true},
        Printed{"Unlink", Unlink{"www"}, "unlink certkey www", true},
        Printed{"BindDefault", Bind{"vs", "www", Role::Default}, "bind certkey www to vs as default", true},
        Printed{"BindSni", Bind{"vs", "www", Role::Sni}, "bind certkey www to vs as sni", true},
        Printed{"Unbind", Unbind{"vs", "www", Role::Sni}, "unbind certkey www from vs as sni", true},
        Printed{"EnableSni", EnableSni{"vs", ""}, "enable SNI on vs", true},
        Printed{"DeleteCertKey", DeleteCertKey{"www"}, "delete certkey www", true}),
    [](const auto& row) { return row.param.name; });

TEST(Step, NamesEveryVirtualServerItDisturbs) {
  const Step step{UpdateCertKey{"www", "a.pem", "a.key", false}, "www", {}, {"vs_a", "vs_b"}};

  EXPECT_EQ(to_text(step), "update certkey www from a.pem (disturbs vs_a, vs_b)");
}

TEST(Step, PlanIsOneLineAStep) {
  EXPECT_EQ(to_text(std::vector<Step>{{Unlink{"a"}, "", {}, {}}, {Unlink{"b"}, "", {}, {}}}),
            "unlink certkey a\nunlink certkey b\n");
  EXPECT_EQ(to_text(std::vector<Step>{}), "");
}

}  // namespace
}  // namespace certsync::plan
