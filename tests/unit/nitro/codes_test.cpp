// NITRO's numbers and HTTP's troubles as kind, reason and words.
#include "nitro/codes.h"

#include <gtest/gtest.h>

namespace certsync::nitro {
namespace {

Answer answer(int status, int code, std::string message = "text") {
  Answer one;
  one.status = status;
  one.code = code;
  one.message = std::move(message);
  return one;
}

Answer odd(int status) {
  Answer one;
  one.status = status;
  one.is_nitro = false;
  one.oddity = "HTTP " + std::to_string(status) + ", text/html";
  return one;
}

struct CodeCase {
  int code;
  ErrorKind kind;
  Reason reason;
};

class Code : public testing::TestWithParam<CodeCase> {};

TEST_P(Code, HasItsKindAndReason) {
  const auto error = to_error(answer(599, GetParam().code), "do it");

  EXPECT_EQ(to_text(error.kind), to_text(GetParam().kind));
  EXPECT_EQ(to_text(error.reason), to_text(GetParam().reason));
  EXPECT_EQ(error.code, GetParam().code);
  EXPECT_EQ(error.message.rfind("do it: NITRO " + std::to_string(GetParam().code) + " text", 0), 0u) << error.message;
}

INSTANTIATE_TEST_SUITE_P(Nitro, Code,
                         testing::Values(CodeCase{258, ErrorKind::Gone, Reason::TargetNotFound},
                                         CodeCase{273, ErrorKind::Unknown, Reason::CertificateAlreadyInstalled},
                                         CodeCase{283, ErrorKind::Stalled, Reason::ApplianceFull},
                                         CodeCase{284, ErrorKind::Stalled, Reason::ApplianceFull},
                                         CodeCase{293, ErrorKind::Retry, Reason::ApplianceBusy},
                                         CodeCase{347, ErrorKind::Unknown, Reason::ApplianceBusy},
                                         CodeCase{354, ErrorKind::Stalled, Reason::CredentialsRejected},
                                         CodeCase{366, ErrorKind::Retry, Reason::ApplianceBusy},
                                         CodeCase{371, ErrorKind::Stalled, Reason::NotAuthorized},
                                         CodeCase{412, ErrorKind::Retry, Reason::ApplianceBusy},
                                         CodeCase{445, ErrorKind::Wait, Reason::SessionLimit},
                                         CodeCase{461, ErrorKind::Stalled, Reason::TargetNotFound},
                                         CodeCase{1044, ErrorKind::Stalled, Reason::ClusterNodeAddress},
                                         CodeCase{1046, ErrorKind::Stalled, Reason::CredentialsRejected},
                                         CodeCase{1075, ErrorKind::Stalled, Reason::NameRefused},
                                         CodeCase{1106, ErrorKind::Stalled, Reason::NameRefused},
                                         CodeCase{1335, ErrorKind::Unknown, Reason::NitroError},
                                         CodeCase{1537, ErrorKind::Stalled, Reason::SecretInvalid},
                                         CodeCase{1540, ErrorKind::Unknown, Reason::NitroError},
                                         CodeCase{1541, ErrorKind::Stalled, Reason::CertKeyInUse},
                                         CodeCase{1546, ErrorKind::Stalled, Reason::DefaultSlotTaken},
                                         CodeCase{1548, ErrorKind::Unknown, Reason::IntermediateConflict},
                                         CodeCase{1642, ErrorKind::Conflict, Reason::NitroError},
                                         CodeCase{2138, ErrorKind::Stalled, Reason::NotAuthorized},
                                         CodeCase{3627, ErrorKind::Stalled, Reason::SniDisabled},
                                         CodeCase{3628, ErrorKind::Stalled, Reason::SniWouldBreak},
                                         CodeCase{3629, ErrorKind::Stalled, Reason::BindingConflict},
                                         CodeCase{3740, ErrorKind::Stalled, Reason::SniDisabled}),
                         [](const auto& row) { return "Code" + std::to_string(row.param.code); });

TEST(Codes, UnknownCodeIsJudgedByTheStatus) {
  // 400 is about the request, which will not get better.
  EXPECT_EQ(to_error(answer(400, 99999), "do it").kind, ErrorKind::Stalled);
  EXPECT_EQ(to_error(answer(599, 99999), "do it").kind, ErrorKind::Retry);
  EXPECT_EQ(to_error(answer(599, 1), "do it").reason, Reason::NitroError);
  EXPECT_EQ(to_error(answer(599, 1539 * 10), "do it").message, "do it: NITRO 15390 text");
}

TEST(Codes, KnownCodeIsJudgedByItselfWhateverTheStatus) {
  EXPECT_EQ(to_error(answer(400, 293), "do it").kind, ErrorKind::Retry);
  EXPECT_EQ(to_error(answer(200, 2138), "do it").kind, ErrorKind::Stalled);
}

TEST(Codes, HintFollowsTheApplianceText) {
  EXPECT_EQ(to_error(answer(401, 354, "Invalid username or password"), "login as cs").message,
            "login as cs: NITRO 354 Invalid username or password; check the credentials Secret");
  EXPECT_EQ(to_error(answer(599, 1541, "Certificate is referenced"), "delete certkey www").message,
            "delete certkey www: NITRO 1541 Certificate is referenced");
}

TEST(Codes, ForeignTextFitsIntoOneLine) {
  EXPECT_EQ(to_error(answer(599, 1541, "a\r\nb\tc\x1b[0m\x7f"), "x").message, "x: NITRO 1541 a  b c [0m ");
  EXPECT_EQ(to_error(answer(599, 1541, std::string("a\0b", 3)), "x").message, "x: NITRO 1541 a b");
  EXPECT_EQ(to_error(answer(599, 1541, std::string(5000, 'y')), "x").message, "x: NITRO 1541 " + std::string(300, 'y'));
}

TEST(Codes, TextIsCutBetweenCharacters) {
  // 299 bytes, then a character of two.
  const auto message = to_error(answer(599, 1541, std::string(299, 'y') + "\xc3\xa4 and more"), "x").message;

  EXPECT_NE(static_cast<unsigned char>(message.back()), 0xc3) << "half a character";
}

struct OddCase {
  int status;
  ErrorKind kind;
  Reason reason;
};

class OddAnswer : public testing::TestWithParam<OddCase> {};

TEST_P(OddAnswer, HasItsKindAndReason) {
  const auto error = to_error(odd(GetParam().status), "list certkeys");

  EXPECT_EQ(to_text(error.kind), to_text(GetParam().kind));
  EXPECT_EQ(to_text(error.reason), to_text(GetParam().reason));
  EXPECT_EQ(error.code, 0);
  EXPECT_NE(error.message.find("HTTP " + std::to_string(GetParam().status)), std::string::npos) << error.message;
}

INSTANTIATE_TEST_SUITE_P(Http, OddAnswer,
                         testing::Values(OddCase{200, ErrorKind::Retry, Reason::NitroError},
                                         OddCase{302, ErrorKind::Retry, Reason::NitroError},
                                         OddCase{401, ErrorKind::Stalled, Reason::CredentialsRejected},
                                         OddCase{403, ErrorKind::Stalled, Reason::NotAuthorized},
                                         OddCase{404, ErrorKind::Retry, Reason::NitroError},
                                         OddCase{502, ErrorKind::Retry, Reason::NitroError},
                                         OddCase{503, ErrorKind::Retry, Reason::ApplianceBusy}),
                         [](const auto& row) { return "Status" + std::to_string(row.param.status); });

struct FailureCase {
  const char* name;
  http::Failure failure;
  ErrorKind of_a_read;
  ErrorKind of_a_write;
  Reason reason;
};

class Failure : public testing::TestWithParam<FailureCase> {};

TEST_P(Failure, OfAWriteMayBeUnknown) {
  const auto& row = GetParam();
  const auto read = to_error(row.failure, "do it", false);
  const auto write = to_error(row.failure, "do it", true);

  EXPECT_EQ(to_text(read.kind), to_text(row.of_a_read));
  EXPECT_EQ(to_text(write.kind), to_text(row.of_a_write));
  EXPECT_EQ(to_text(read.reason), to_text(row.reason));
  EXPECT_EQ(to_text(write.reason), to_text(row.reason));
  EXPECT_EQ(write.message, "do it: words");
}

using http::FailureKind;
constexpr auto kRetry = ErrorKind::Retry;
constexpr auto kUnknown = ErrorKind::Unknown;
constexpr auto kStalled = ErrorKind::Stalled;
constexpr auto kUnreachable = Reason::ApplianceUnreachable;

INSTANTIATE_TEST_SUITE_P(
    Transport, Failure,
    testing::Values(
        FailureCase{"Unreachable", {FailureKind::Unreachable, "words", false}, kRetry, kRetry, kUnreachable},
        FailureCase{
            "Untrusted", {FailureKind::Untrusted, "words", false}, kStalled, kStalled, Reason::ApplianceUntrusted},
        FailureCase{"TimeoutUnsent", {FailureKind::Timeout, "words", false}, kRetry, kRetry, kUnreachable},
        FailureCase{"TimeoutSent", {FailureKind::Timeout, "words", true}, kRetry, kUnknown, kUnreachable},
        FailureCase{"LostUnsent", {FailureKind::Lost, "words", false}, kRetry, kRetry, kUnreachable},
        FailureCase{"LostSent", {FailureKind::Lost, "words", true}, kRetry, kUnknown, kUnreachable},
        FailureCase{"CancelledUnsent", {FailureKind::Cancelled, "words", false}, kRetry, kRetry, kUnreachable},
        FailureCase{"CancelledSent", {FailureKind::Cancelled, "words", true}, kRetry, kUnknown, kUnreachable},
        FailureCase{"TooLarge", {FailureKind::TooLarge, "words", true}, kRetry, kUnknown, Reason::NitroError}),
    [](const auto& row) { return row.param.name; });

TEST(Codes, BusyIsWaitedFor) {
  EXPECT_TRUE(is_busy(293));
  EXPECT_TRUE(is_busy(366));
  EXPECT_TRUE(is_busy(412));
  EXPECT_FALSE(is_busy(0));
  EXPECT_FALSE(is_busy(1540));
}

}  // namespace
}  // namespace certsync::nitro
