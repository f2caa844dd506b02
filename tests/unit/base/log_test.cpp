#include "base/log.h"

#include <regex>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace certsync {
namespace {

class Log : public testing::Test {
 protected:
  Logger logger(LogFormat format, LogLevel level = LogLevel::Info) {
    return Logger(level, format, [this](std::string_view line) { lines_.emplace_back(line); });
  }
  /// The one line there is, without its time.
  std::string line() const {
    EXPECT_EQ(lines_.size(), 1U);
    return lines_.empty() ? "" : std::regex_replace(lines_.front(), std::regex("^\\S+Z "), "");
  }
  nlohmann::json json() const { return nlohmann::json::parse(lines_.front(), nullptr, false); }

  std::vector<std::string> lines_;
};

TEST_F(Log, TextLineIsTimeLevelMessageAndFields) {
  logger(LogFormat::Text).info("updated", {{"appliance", "edge"}, {"ms", 12LL}});

  EXPECT_TRUE(std::regex_match(
      lines_.at(0), std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info +updated  appliance=edge  ms=12)")))
      << lines_.at(0);
}

TEST_F(Log, ValuesWithBlanksAreQuoted) {
  logger(LogFormat::Text).info("m", {{"a", "two words"}, {"b", ""}, {"c", "x=y"}, {"d", "say \"hi\" \\o/"}});

  EXPECT_TRUE(line().ends_with(R"(m  a="two words"  b=""  c="x=y"  d="say \"hi\" \\o/")")) << line();
}

TEST_F(Log, JsonLineIsOneObject) {
  logger(LogFormat::Json).info("updated", {{"appliance", "edge"}, {"text", "say \"hi\" \\o/ \xc3\xa4"}});

  EXPECT_EQ(json()["msg"], "updated");
  EXPECT_EQ(json()["level"], "info");
  EXPECT_EQ(json()["appliance"], "edge");
  EXPECT_EQ(json()["text"], "say \"hi\" \\o/ \xc3\xa4");
  EXPECT_TRUE(
      std::regex_match(json()["time"].get<std::string>(), std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)")));
}

constexpr char kForged[] = "x\n2026-01-01T00:00:00.000Z error   all certificates deleted\r\x1b[2J\x7f";

TEST_F(Log, TextCannotForgeASecondLine) {
  logger(LogFormat::Text).info(kForged, {{"key", kForged}});

  for (char c : lines_.at(0))
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << lines_.at(0);
}

TEST_F(Log, JsonCannotBeForged) {
  const std::string forged = std::string(kForged) + "\",\"level\":\"error";
  logger(LogFormat::Json).info(forged, {{"key", forged}});

  EXPECT_EQ(json()["msg"], forged);
  EXPECT_EQ(json()["key"], forged);
  EXPECT_EQ(json()["level"], "info");
  EXPECT_EQ(lines_.at(0).find('\n'), std::string::npos);
}

// Subjects of certificates are in whatever their issuers took for text.
TEST_F(Log, JsonIsUtf8) {
  logger(LogFormat::Json).info("CN=\xff", {{"subject", "caf\xe9 \xc3\xa4"}});

  EXPECT_EQ(json()["msg"], "CN=?");
  EXPECT_EQ(json()["subject"], "caf? \xc3\xa4");
}

TEST_F(Log, PatternSignsInMessagesAreText) {
  logger(LogFormat::Text).info("100%v %l {} {0}");

  EXPECT_TRUE(line().ends_with("100%v %l {} {0}")) << line();
}

TEST_F(Log, LowerLevelsAreLeftOut) {
  const auto log = logger(LogFormat::Text, LogLevel::Warn);

  log.debug("no");
  log.info("no");
  log.warn("yes");
  log.error("yes");

  EXPECT_EQ(lines_.size(), 2U);
  EXPECT_FALSE(log.enabled(LogLevel::Info));
  EXPECT_TRUE(log.enabled(LogLevel::Warn));
}

TEST_F(Log, LevelsAreReadAsTheyAreWritten) {
  for (const auto level : {LogLevel::Trace, LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error})
    EXPECT_EQ(parse_log_level(to_text(level)), level);
  EXPECT_EQ(parse_log_level("INFO"), std::nullopt);
  EXPECT_EQ(parse_log_level("warning"), std::nullopt);
  EXPECT_EQ(parse_log_level(""), std::nullopt);
}

}  // namespace
}  // namespace certsync
