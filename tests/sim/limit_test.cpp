// What runs out, and what others do meanwhile.
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "sim/faults.h"
#include "sim/test_box.h"

namespace sim::test {
namespace {

std::string upload(Box& box, const std::string& name, const std::string& content) {
  return brief(box.ask("POST", "systemfile",
                       R"({"systemfile":{"filename":")" + name + R"(","filelocation":"/nsconfig/ssl","filecontent":")" +
                           certsync::to_base64(content) + R"("}})"));
}

TEST(Limit, FullDiskTakesNoUpload) {
  Box box;
  box.appliance.set_disk_bytes(box.appliance.used_disk_bytes() + 10);

  EXPECT_EQ(upload(box, "a", "0123456789a"), "599 284 No space left on device");
  EXPECT_EQ(box.appliance.file("a"), std::nullopt);
  EXPECT_EQ(upload(box, "a", "0123456789"), "201");
  EXPECT_EQ(upload(box, "b", "0"), "599 284 No space left on device");
  EXPECT_EQ(brief(box.ask("DELETE", "systemfile/a?args=filelocation:%2Fnsconfig%2Fssl")), "200");
  EXPECT_EQ(upload(box, "b", "0"), "201");
}

TEST(Limit, CertkeysAreCounted) {
  Options options = Box::with_vservers();
  options.max_certkeys = 1;
  Box box(options);

  EXPECT_EQ(box.add("one", make_certificate({.serial = 1})), "201");
  EXPECT_EQ(box.add("two", make_certificate({.serial = 2})), "599 1072 Maximum resource limit reached");
  const Pair next = make_certificate({.serial = 3});
  EXPECT_EQ(box.appliance.in("default").update_certkey("one", next.cert, next.key), 0);
  EXPECT_EQ(brief(box.ask("DELETE", "sslcertkey/one")), "200");
  EXPECT_EQ(box.add("two", make_certificate({.serial = 2})), "201");
}

TEST(Limit, RemovalMayTakeTheFiles) {
  struct Row {
    std::string choice;
    int to_days;
    bool gone;
  };
  for (const auto& row :
       {Row{"NO", 90, false}, Row{"IF_EXPIRED", 90, false}, Row{"IF_EXPIRED", 0, true}, Row{"ALWAYS", 90, true}}) {
    Options options;
    options.delete_files_on_removal = row.choice;
    Box box(options);
    box.add("www", make_certificate({.from_days = -9, .to_days = row.to_days}));
    box.clock.advance(std::chrono::hours(1));

    const std::string answer = brief(box.ask("DELETE", "sslcertkey/www?warning=yes"));

    EXPECT_EQ(answer.substr(0, 8), row.gone ? "209 3807" : "200") << row.choice;
    EXPECT_EQ(box.appliance.file("www.key").has_value(), !row.gone) << row.choice;
  }
}

TEST(Limit, OldBuildsDoNotKnowTheRemovalOfFiles) {
  Options options;
  options.supports_delete_files = false;
  Box box(options);
  box.add("www", make_certificate({}));

  EXPECT_EQ(
      brief(box.ask("PUT", "sslcertkey", R"({"sslcertkey":{"certkey":"www","deletecertkeyfilesonremoval":"ALWAYS"}})")),
      "400 1090 No such argument [deletecertkeyfilesonremoval]");
  EXPECT_EQ(box.show("sslcertkey/www", "deletecertkeyfilesonremoval"), "(absent)");
}

TEST(Limit, OthersLeaveUnsavedWork) {
  Box box;
  EXPECT_EQ(box.appliance.in("default").leave_unsaved_work(), 0);

  EXPECT_EQ(box.show("nsconfig", "configchanged"), "true");
  EXPECT_EQ(brief(box.ask("GET", "lbvserver/somebody_elses")), "200");
  box.appliance.reboot();
  EXPECT_EQ(box.show("nsconfig", "configchanged"), "false");
  EXPECT_EQ(brief(box.ask("GET", "lbvserver/somebody_elses")), "404 258 No such resource [name, somebody_elses]");
}

TEST(Limit, OthersWorkAtTheWrongMoment) {
  for (const bool apply_first : {false, true}) {
    Box box;
    Faults faults;
    RequestLog log;
    faults.add({.kind = FaultKind::OtherAdmin, .target = "nsconfig?action=save", .apply_first = apply_first});
    const Request save{"POST",
                       "/nitro/v1/config/nsconfig?action=save",
                       {{"X-NITRO-USER", "nsroot"}, {"X-NITRO-PASS", "nsroot-password"}},
                       R"({"nsconfig":{}})"};

    EXPECT_EQ(serve(save, box.appliance, faults, log).response.status, 200);

    EXPECT_EQ(box.appliance.config_changed(), apply_first);
    EXPECT_EQ(log.entries().back().fault, "other_admin");
  }
}

}  // namespace
}  // namespace sim::test
