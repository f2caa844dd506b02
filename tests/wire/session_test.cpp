// Logging in, staying in, and what the account may do.
#include "wire/desk.h"

namespace wire {
namespace {

using Login = Desk;

TEST_F(Login, OneForManyRequests) {
  EXPECT_EQ(perform(plan::DeleteFile{"a"}), "done");
  EXPECT_EQ(perform(plan::DeleteFile{"b"}), "done");

  EXPECT_EQ(arrived(),
            "POST login 201\nDELETE systemfile/a?args=filelocation:%2Fnsconfig%2Fssl 404\n"
            "DELETE systemfile/b?args=filelocation:%2Fnsconfig%2Fssl 404\n");
  EXPECT_EQ(box_.appliance().session_count("nsroot"), 1);
}

TEST_F(Login, LogoutEndsTheSession) {
  ASSERT_EQ(observe(), "seen");

  appliance_->logout();

  EXPECT_EQ(box_.appliance().session_count("nsroot"), 0);
  arrived();
  appliance_->logout();
  EXPECT_EQ(arrived(), "");
}

TEST_F(Login, DeadSessionIsRenewedOnce) {
  ASSERT_EQ(save(), "done");
  arrived();

  box_.appliance().kill_sessions();
  EXPECT_EQ(save(), "done");
  EXPECT_EQ(arrived(), "POST nsconfig?action=save 401\nPOST login 201\nPOST nsconfig?action=save 200\n");

  box_.appliance().kill_sessions();
  EXPECT_EQ(save(), "Wait/SessionLimit");
  EXPECT_EQ(arrived(), "POST nsconfig?action=save 401\n");

  appliance_->begin_pass({});
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(save(), "done");
}

TEST_F(Login, UnknownSessionIsRenewedToo) {
  ASSERT_EQ(save(), "done");
  arrived();
  box_.faults().add({.kind = sim::FaultKind::Errorcode, .target = "save", .errorcode = 1027});

  EXPECT_EQ(save(), "done");

  EXPECT_EQ(arrived(), "POST nsconfig?action=save 401\nPOST login 201\nPOST nsconfig?action=save 200\n");
}

TEST_F(Login, NewPassBringsTheRenewalBack) {
  ASSERT_EQ(save(), "done");
  for (int pass = 0; pass < 3; ++pass) {
    appliance_->begin_pass({});
    box_.appliance().kill_sessions();
    EXPECT_EQ(save(), "done") << pass;
  }
}

TEST_F(Login, WrongPasswordIsTriedOnce) {
  log_in_as("nsroot", "wrong");

  EXPECT_EQ(save(), "Stalled/CredentialsRejected 354");
  EXPECT_EQ(arrived(), "POST login 401\n");
  appliance_->begin_pass({});
  clock_.advance(std::chrono::minutes(29));
  EXPECT_EQ(save(), "Stalled/CredentialsRejected");
  EXPECT_EQ(arrived(), "");
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(save(), "Stalled/CredentialsRejected 354");
  EXPECT_EQ(arrived(), "POST login 401\n");
}

TEST_F(Login, ChangedCredentialsAreTriedAtOnce) {
  log_in_as("nsroot", "wrong");
  ASSERT_EQ(save(), "Stalled/CredentialsRejected 354");

  log_in_as("nsroot", box_.options().password, "2");

  EXPECT_EQ(save(), "done");
}

TEST_F(Login, PasswordIsInNoLine) {
  ASSERT_EQ(save(), "done");
  log_in_as("nsroot", "wrong-secret", "2");
  appliance_->logout();
  const auto refused = appliance_->save();

  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message.find("wrong-secret"), std::string::npos) << refused.error().message;
  for (const auto& line : lines_) {
    EXPECT_EQ(line.find(box_.options().password), std::string::npos) << line;
    EXPECT_EQ(line.find("wrong-secret"), std::string::npos) << line;
  }
}

TEST_F(Login, FullHouseIsWaitedFor) {
  box_.faults().add({.kind = sim::FaultKind::Errorcode, .target = "login", .errorcode = 445});

  EXPECT_EQ(save(), "Wait/SessionLimit 445");
}

TEST_F(Login, PolicyDecidesWhatTheAccountMay) {
  box_.appliance().add_user("cs", "pw", {"^(show|stat) .*", "^save .*"});
  log_in_as("cs", "pw");

  EXPECT_EQ(observe(), "seen");
  EXPECT_EQ(perform(plan::DeleteCertKey{"www"}), "Stalled/NotAuthorized 2138");
  EXPECT_EQ(save(), "done");
}

TEST_F(Login, AwkwardPasswordArrives) {
  const std::string password = "p\"\\ \t&=%+\xc3\xa4";
  box_.appliance().add_user("cs", password);
  log_in_as("cs", password);

  EXPECT_EQ(save(), "done");
}

}  // namespace
}  // namespace wire
