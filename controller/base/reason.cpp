#include "base/reason.h"

#include <array>

namespace certsync {

std::string_view to_text(Reason reason) {
  static constexpr std::array<std::string_view, kReasonCount> kNames = {
      "Synced",
      "SpecInvalid",
      "Suspended",
      "DryRun",
      "ApplianceNotFound",
      "NotPermitted",
      "SecretNotFound",
      "SecretInvalid",
      "SecretIncomplete",
      "TemporaryCertificate",
      "NotYetValid",
      "SecretForbidden",
      "CertKeyNotOwned",
      "CertificateAlreadyInstalled",
      "IntermediateConflict",
      "DefaultSlotTaken",
      "BindingConflict",
      "TargetNotFound",
      "SniDisabled",
      "SniWouldBreak",
      "CertKeyInUse",
      "NameRefused",
      "WaitingForWindow",
      "WindowUnsatisfiable",
      "WaitingForRollout",
      "UpdateThrottled",
      "StaleView",
      "AnotherWriter",
      "Drifted",
      "RolledBack",
      "ApplianceUnreachable",
      "ApplianceUntrusted",
      "CredentialsRejected",
      "NotAuthorized",
      "SessionLimit",
      "ApplianceBusy",
      "ApplianceFull",
      "ClusterNodeAddress",
      "NitroError",
  };
  return kNames.at(static_cast<std::size_t>(reason));
}

}  // namespace certsync
