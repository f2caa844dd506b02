#include "metrics/label.h"

#include <gtest/gtest.h>

namespace certsync::metrics {
namespace {

struct Row {
  const char* name;
  std::string value;
  std::string label;
};

class Label : public testing::TestWithParam<Row> {};

TEST_P(Label, IsValidUtf8) {
  EXPECT_EQ(to_label(GetParam().value), GetParam().label);
}

INSTANTIATE_TEST_SUITE_P(
    All, Label,
    testing::Values(Row{"Empty", "", ""}, Row{"Ascii", "team-a_www", "team-a_www"},
                    Row{"TwoBytes", "münchen", "münchen"}, Row{"ThreeBytes", "証明書", "証明書"},
                    Row{"FourBytes", "\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91"}, Row{"Latin1", "m\xfcnchen", "m?nchen"},
                    Row{"LoneTail", "a\x80", "a?"}, Row{"CutOff", "a\xe8\xa8", "a??"},
                    Row{"Overlong", "\xc0\xaf", "??"}, Row{"Surrogate", "\xed\xa0\x80", "???"},
                    Row{"BeyondUnicode", "\xf4\x90\x80\x80", "????"},
                    Row{"TooLong", std::string(300, 'a'), std::string(256, 'a')},
                    Row{"NoHalfCharacterAtTheEnd", std::string(255, 'a') + "ü", std::string(255, 'a')}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace certsync::metrics
