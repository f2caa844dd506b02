// The closed list: every word, in the promised order. A change here is a change for people's alerts.
#include "base/reason.h"

#include <sstream>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"

namespace certsync {
namespace {

constexpr char kList[] =
    "Synced SpecInvalid Suspended DryRun ApplianceNotFound NotPermitted SecretNotFound SecretInvalid SecretIncomplete "
    "TemporaryCertificate NotYetValid SecretForbidden CertKeyNotOwned CertificateAlreadyInstalled "
    "IntermediateConflict DefaultSlotTaken BindingConflict TargetNotFound SniDisabled SniWouldBreak CertKeyInUse "
    "NameRefused WaitingForWindow WindowUnsatisfiable WaitingForRollout UpdateThrottled StaleView AnotherWriter "
    "Drifted "
    "RolledBack ApplianceUnreachable ApplianceUntrusted CredentialsRejected NotAuthorized SessionLimit ApplianceBusy "
    "ApplianceFull ClusterNodeAddress NitroError";

TEST(Reason, ListIsClosedAndInOrder) {
  std::string names;
  for (int i = 0; i < kReasonCount; ++i)
    names += (i == 0 ? "" : " ") + std::string(to_text(static_cast<Reason>(i)));

  EXPECT_EQ(names, kList);
}

TEST(Reason, EnumeratorsAreTheirWords) {
  EXPECT_EQ(to_text(Reason::Synced), "Synced");
  EXPECT_EQ(to_text(Reason::BindingConflict), "BindingConflict");
  EXPECT_EQ(to_text(Reason::AnotherWriter), "AnotherWriter");
  EXPECT_EQ(to_text(Reason::NitroError), "NitroError");
}

TEST(Error, ReadsAsReasonAndMessage) {
  EXPECT_EQ(to_text(Error{ErrorKind::Stalled, Reason::SecretInvalid, "the key does not match", 0}),
            "SecretInvalid: the key does not match");
}

TEST(Error, KindsHaveNames) {
  std::vector<std::string> names;
  for (const auto kind : {ErrorKind::Retry, ErrorKind::Wait, ErrorKind::Stalled, ErrorKind::Conflict, ErrorKind::Gone,
                          ErrorKind::Unknown})
    names.emplace_back(to_text(kind));

  EXPECT_EQ(names, (std::vector<std::string>{"Retry", "Wait", "Stalled", "Conflict", "Gone", "Unknown"}));
}

}  // namespace
}  // namespace certsync
