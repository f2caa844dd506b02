#include "engine/perform.h"

#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace certsync::engine {
namespace {

/// Does everything but what it is told to refuse.
class Refusing final : public ports::Appliance {
 public:
  std::map<std::string, Error> refused;
  std::string done;
  std::string sent;

  void begin_pass(std::stop_token) override {}
  Result<model::ApplianceState> observe(ports::Sight) override { return model::ApplianceState{}; }
  Result<void> confirm() override { return {}; }
  Result<std::string> read_file(const std::string&) override { return std::string(); }
  std::string where_used(const std::string&) override { return "vpn global"; }
  Result<ports::Performed> perform(const plan::Action& action, SecretBytes content) override {
    const auto [verb, object] = plan::words(action);
    const std::string text = std::string(verb) + " " + object;
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    // Each of those that come together waits for the others.
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return arrived_ >= together; })) done += "alone: ";
    if (const auto found = refused.find(text); found != refused.end()) return tl::unexpected(found->second);
    done += text + "\n";
    sent += std::string(content.reveal()) + "\n";
    return ports::Performed{};
  }
  Result<void> save() override { return {}; }
  void logout() override {}

  /// So many calls begin before the first one ends.
  int together = 1;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
};

class Perform : public testing::Test {
 protected:
  PerformReport run() {
    const Performer performer{"edge",
                              appliance_,
                              [this](plan::Step& step) { return content_(step); },
                              [this] { return may_write_; },
                              [this](const model::ObjectRef& sync) { return last_look_(sync); },
                              [this] { ++changes_; },
                              clock_,
                              log_,
                              files_at_once_};
    return performer.perform(steps_);
  }
  static plan::Step step(plan::Action action, std::string group, std::string sync = "www") {
    return {std::move(action), std::move(group), {"default", std::move(sync)}, {}};
  }

  std::function<Result<SecretBytes>(plan::Step&)> content_ = [](plan::Step&) { return SecretBytes(); };
  std::function<Result<void>(const model::ObjectRef&)> last_look_ = [](const auto&) { return Result<void>(); };
  bool may_write_ = true;
  int files_at_once_ = 1;
  int changes_ = 0;
  std::string lines_;
  support::ManualClock clock_;
  Logger log_{LogLevel::Debug, LogFormat::Text, [this](std::string_view line) { lines_ += std::string(line) + "\n"; }};
  Refusing appliance_;
  std::vector<plan::Step> steps_ = {
      step(plan::AddCertKey{"ca", "ca.pem", "", true, 30}, "ca", ""),
      step(plan::AddCertKey{"www", "www.pem", "www.key", true, 30}, "www"),
      step(plan::Link{"www", "ca"}, "www"),
      step(plan::Bind{"vs", "www", model::Role::Default}, "www"),
      step(plan::AddCertKey{"shop", "shop.pem", "shop.key", true, 30}, "shop"),
  };
};

TEST_F(Perform, DoesAllInOrderWithAnAuditLineEach) {
  const auto report = run();

  EXPECT_EQ(
      appliance_.done,
      "add certkey ca\nadd certkey www\nlink certkey www to ca\nbind certkey www to vs as default\nadd certkey shop\n");
  EXPECT_EQ(report.writes, 5u);
  EXPECT_EQ(changes_, 5);
  EXPECT_NE(lines_.find("verb=bind"), std::string::npos);
  EXPECT_NE(lines_.find("sync=default/www"), std::string::npos);
}

TEST_F(Perform, AnEncryptedKeyIsNamedWhenItIsMade) {
  steps_ = {step(plan::UploadKey{"plain.key", {}, nullptr, true}, "www"),
            step(plan::UpdateCertKey{"www", "www.pem", "plain.key", false, "", true}, "www")};
  content_ = [](plan::Step& one) -> Result<SecretBytes> {
    if (auto* upload = std::get_if<plan::UploadKey>(&one.action)) {
      upload->file = "sealed.key";
      return SecretBytes(std::string("sealed"));
    }
    std::get<plan::UpdateCertKey>(one.action).key_file = "sealed.key";
    return SecretBytes(std::string("passphrase"));
  };

  const auto report = run();

  EXPECT_EQ(appliance_.done, "upload file sealed.key\nupdate certkey www\n");
  EXPECT_EQ(appliance_.sent, "sealed\npassphrase\n");
  EXPECT_EQ(std::get<plan::UpdateCertKey>(report.done.back().action).key_file, "sealed.key");
  EXPECT_NE(lines_.find("file sealed.key"), std::string::npos);
  EXPECT_EQ(lines_.find("passphrase"), std::string::npos);
}

TEST_F(Perform, FilesGoAtOnceAndCommandsAfterThemOneByOne) {
  steps_ = {step(plan::UploadCertificate{"a.pem", nullptr}, "a"), step(plan::UploadKey{"a.key", {}, nullptr}, "a"),
            step(plan::UploadCertificate{"b.pem", nullptr}, "b"), step(plan::UpdateCertKey{"a", "a.pem", "a.key"}, "a"),
            step(plan::UpdateCertKey{"b", "b.pem", ""}, "b")};
  files_at_once_ = 3;
  appliance_.together = 3;

  const auto report = run();

  EXPECT_EQ(report.done.size(), 5u);
  EXPECT_EQ(report.writes, 5u);
  EXPECT_EQ(appliance_.done.find("alone"), std::string::npos) << appliance_.done;
  EXPECT_TRUE(appliance_.done.ends_with("update certkey a\nupdate certkey b\n")) << appliance_.done;
}

TEST_F(Perform, AFileOfOneNameIsDeletedBeforeItIsSentAgain) {
  steps_ = {step(plan::DeleteFile{"a.pem"}, "a"), step(plan::UploadCertificate{"a.pem", nullptr}, "a"),
            step(plan::UploadCertificate{"a.pem", nullptr}, "b")};
  files_at_once_ = 3;

  run();

  EXPECT_EQ(appliance_.done, "delete file a.pem\nupload file a.pem\nupload file a.pem\n");
}

TEST_F(Perform, AnUploadThatFailsAmongOthersTakesOnlyItsOwnGroup) {
  steps_ = {step(plan::UploadCertificate{"a.pem", nullptr}, "a"), step(plan::UploadCertificate{"b.pem", nullptr}, "b"),
            step(plan::UpdateCertKey{"a", "a.pem", ""}, "a"), step(plan::UpdateCertKey{"b", "b.pem", ""}, "b")};
  files_at_once_ = 2;
  appliance_.together = 2;
  appliance_.refused["upload file a.pem"] = {ErrorKind::Stalled, Reason::NitroError, "no"};

  const auto report = run();

  EXPECT_EQ(appliance_.done, "upload file b.pem\nupdate certkey b\n");
  EXPECT_EQ(report.failed.count("a"), 1u);
}

TEST_F(Perform, AFailureTakesOnlyItsOwnGroup) {
  appliance_.refused["link certkey www to ca"] = {ErrorKind::Stalled, Reason::NitroError, "no"};

  const auto report = run();

  EXPECT_EQ(appliance_.done, "add certkey ca\nadd certkey www\nadd certkey shop\n");
  EXPECT_EQ(report.failed.count("www"), 1u);
  EXPECT_EQ(report.failed.size(), 1u);
}

TEST_F(Perform, WhatLinksToAFailedIntermediateIsLeftOut) {
  appliance_.refused["add certkey ca"] = {ErrorKind::Stalled, Reason::NitroError, "no"};

  run();

  EXPECT_EQ(appliance_.done, "add certkey shop\n");
}

TEST_F(Perform, AnUnknownOutcomeEndsTheRunAndCountsAsAChange) {
  appliance_.refused["add certkey www"] = {ErrorKind::Unknown, Reason::ApplianceUnreachable, "lost"};

  const auto report = run();

  EXPECT_TRUE(report.look_again);
  EXPECT_EQ(appliance_.done, "add certkey ca\n");
  EXPECT_EQ(changes_, 2);
}

TEST_F(Perform, TroubleOfTheApplianceEndsTheRun) {
  appliance_.refused["add certkey www"] = {ErrorKind::Retry, Reason::ApplianceUnreachable, "refused"};

  const auto report = run();

  ASSERT_TRUE(report.aborted);
  EXPECT_EQ(report.aborted->reason, Reason::ApplianceUnreachable);
  EXPECT_EQ(changes_, 1);
}

TEST_F(Perform, InUseSaysWhere) {
  appliance_.refused["add certkey www"] = {ErrorKind::Stalled, Reason::CertKeyInUse, "referenced"};

  EXPECT_EQ(run().failed.at("www").message, "referenced (used by vpn global)");
}

TEST_F(Perform, NothingBeginsOnceWritingIsOver) {
  may_write_ = false;

  const auto report = run();

  EXPECT_EQ(appliance_.done, "");
  EXPECT_TRUE(report.aborted);
}

TEST_F(Perform, NothingIsTakenAwayWithoutALastLook) {
  steps_ = {step(plan::Unbind{"vs", "www", model::Role::Default}, "www"), step(plan::DeleteCertKey{"www"}, "www"),
            step(plan::Unlink{"shop"}, "shop", "shop"), step(plan::DeleteCertKey{"cs-ca-1"}, "cs-ca-1", "")};
  std::string asked;
  last_look_ = [&](const model::ObjectRef& sync) -> Result<void> {
    asked += to_text(sync) + " ";
    if (sync.name == "www") return fail(ErrorKind::Retry, Reason::StaleView, "www has changed");
    return {};
  };

  const auto report = run();

  EXPECT_EQ(asked, "default/www default/shop ");
  EXPECT_EQ(appliance_.done, "unlink certkey shop\ndelete certkey cs-ca-1\n");
  EXPECT_EQ(report.failed.at("www").message, "www has changed");
  EXPECT_EQ(report.failed.size(), 1u);
  EXPECT_EQ(report.writes, 2u);
}

TEST_F(Perform, WhatOnlyAddsOrReplacesAsksNobody) {
  last_look_ = [](const model::ObjectRef&) -> Result<void> {
    return fail(ErrorKind::Retry, Reason::StaleView, "nobody is there");
  };
  EXPECT_EQ(run().failed.size(), 0u);
}

}  // namespace
}  // namespace certsync::engine
