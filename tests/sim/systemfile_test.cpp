#include <gtest/gtest.h>

#include "sim/test_box.h"

namespace sim::test {
namespace {

constexpr const char* kUpload =
    R"({"systemfile":{"filename":"a.pem","filelocation":"/nsconfig/ssl","filecontent":"YWJj","fileencoding":"BASE64"}})";

TEST(Systemfile, UploadIsShownAndDeleted) {
  Box box;

  EXPECT_EQ(box.ask("POST", "systemfile", kUpload), "201");
  EXPECT_EQ(box.ask("GET", "systemfile/a.pem?args=filelocation:%2Fnsconfig%2Fssl"),
            R"(200 { "errorcode": 0, "message": "Done", "severity": "NONE", "systemfile": [ { "filename": "a.pem", )"
            R"("filelocation": "\/nsconfig\/ssl", "filecontent": "YWJj", "fileencoding": "BASE64", )"
            R"("fileaccesstime": "Mon Nov 23 00:00:00 2026", "filemodifiedtime": "Mon Nov 23 00:00:00 2026", )"
            R"("filesize": "3" } ] })");
  EXPECT_EQ(brief(box.ask("DELETE", "systemfile?args=filename:a.pem,filelocation:%2Fnsconfig%2Fssl")), "200");
  EXPECT_EQ(brief(box.ask("DELETE", "systemfile/a.pem?args=filelocation:%2Fnsconfig%2Fssl")),
            "404 3441 File does not exist.");
}

TEST(Systemfile, ExistingFileNeedsOverride) {
  Box box;
  box.ask("POST", "systemfile", kUpload);

  EXPECT_EQ(brief(box.ask("POST", "systemfile", kUpload)), "409 1642 Cannot create output file. File already exists");
  EXPECT_EQ(brief(box.ask("POST", "systemfile?idempotent=yes", kUpload)),
            "409 1642 Cannot create output file. File already exists");
  EXPECT_EQ(box.ask("POST", "systemfile?override=yes", kUpload), "201");
}

TEST(Systemfile, OldBuildIgnoresOverride) {
  Options options;
  options.supports_override = false;
  Box box(options);
  box.ask("POST", "systemfile", kUpload);

  EXPECT_EQ(brief(box.ask("POST", "systemfile?override=yes", kUpload)).substr(0, 8), "409 1642");
}

TEST(Systemfile, OneFolderHasThreeNames) {
  Box box;
  box.ask("POST", "systemfile", kUpload);

  for (const char* folder : {"%2Fnsconfig%2Fssl", "%2Fnsconfig%2Fssl%2F", "%2Fflash%2Fnsconfig%2Fssl%2F"}) {
    EXPECT_EQ(box.show("systemfile/a.pem?args=filelocation:" + std::string(folder), "filesize"), "3");
  }
}

TEST(Systemfile, BadUploadsAreRefused) {
  Box box;
  const auto upload = [&](const std::string& name, const std::string& folder, const std::string& content) {
    return brief(box.ask("POST", "systemfile",
                         R"({"systemfile":{"filename":")" + name + R"(","filelocation":")" + folder +
                             R"(","filecontent":")" + content + R"("}})"));
  };

  EXPECT_EQ(upload(std::string(64, 'a'), "/nsconfig/ssl", ""), "400 1106 String length exceeds maximum [fileName]");
  EXPECT_EQ(upload("a", "/nsconfig/none", ""), "599 3445 Destination path does not exist.");
  EXPECT_EQ(upload("a", "/etc", ""), "599 3446 User doesn't have permission for given Destination path.");
  EXPECT_EQ(upload("a", "/nsconfig/ssl", "***"),
            "400 3443 Unsupported file content. file content should be base64 encoded.");
  EXPECT_EQ(brief(box.ask("POST", "systemfile", R"({"systemfile":{"filename":"a"}})")),
            "400 1095 Required argument missing [fileLocation]");
  EXPECT_EQ(brief(box.ask("GET", "systemfile?args=filelocation:%2Fnsconfig%2Fnone")),
            "599 3440 Directory does not exist.");
}

}  // namespace
}  // namespace sim::test
