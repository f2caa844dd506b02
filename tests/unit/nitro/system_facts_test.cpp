#include "nitro/system_facts.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace certsync::nitro {
namespace {

std::string time_of(const std::string& body) {
  const auto time = read_system_time(body);
  if (!time) return std::string(to_text(time.error().kind));
  return *time ? to_rfc3339(**time) : "not told";
}

TEST(SystemFacts, TheClock) {
  EXPECT_EQ(time_of(R"({"errorcode":0,"nsconfig":{"systemtime":"1767225600"}})"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(time_of(R"({"errorcode":0,"nsconfig":[{"systemtime":1767225600}]})"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(time_of(R"({"errorcode":0,"nsconfig":{"currentsytemtime":"Thu Jan 1"}})"), "not told");
  EXPECT_EQ(time_of(R"({"errorcode":0,"nsconfig":{"systemtime":"99999999999999999"}})"), "not told");
  EXPECT_EQ(time_of(R"({"errorcode":0,"nsconfig":{"systemtime":253402300799}})"), "2262-04-11T23:47:16Z");
  EXPECT_EQ(time_of(R"({"errorcode":0})"), "not told");
  EXPECT_EQ(time_of("<html>"), "Retry");
}

std::string sessions_of(const std::string& body) {
  const auto count = read_sessions(body);
  return count ? count->username + " " + std::to_string(count->open) : std::string(to_text(count.error().kind));
}

TEST(SystemFacts, SessionsOfTheAccountThatAsks) {
  EXPECT_EQ(sessions_of(R"({"systemsession":[{"username":"robot","currentconn":true},{"username":"robot"},
                            {"username":"nsroot","currentconn":false}]})"),
            "robot 2");
  EXPECT_EQ(sessions_of(R"({"systemsession":[{"username":"robot"},{"username":"nsroot"}]})"), " 2");
  EXPECT_EQ(sessions_of("{}"), " 0");
  EXPECT_EQ(sessions_of("nothing"), "Retry");
}

std::string disk_of(const std::string& body) {
  const auto use = read_disk(body);
  if (!use) return std::string(to_text(use.error().kind));
  return (use->percent ? std::to_string(*use->percent) : "?") + " % " +
         (use->megabytes_left ? std::to_string(*use->megabytes_left) : "?");
}

TEST(SystemFacts, TheDiskAsBuildsWriteIt) {
  EXPECT_EQ(disk_of(R"({"system":{"disk0perusage":60,"disk0avail":"634"}})"), "60 % 634");
  EXPECT_EQ(disk_of(R"({"system":{"disk0perusage":60.8}})"), "60 % ?");
  EXPECT_EQ(disk_of(R"({"system":[{"disk0perusage":"7"}]})"), "7 % ?");
  EXPECT_EQ(disk_of(R"({"system":{"disk0perusage":4294967295}})"), "100 % ?");
  EXPECT_EQ(disk_of(R"({"system":{}})"), "? % ?");
  EXPECT_EQ(disk_of("[]"), "Retry");
}

}  // namespace
}  // namespace certsync::nitro
