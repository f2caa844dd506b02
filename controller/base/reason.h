// The closed list of reasons. One word, the same in the log line, the condition, the Event and the metric label.
// The order is a promise too: where several reasons hold, the first of this list is the condition's.
// Adding one means adding it to docs/reasons.md; renaming one breaks people's alerts.
#pragma once

#include <string_view>

namespace certsync {

enum class Reason {
  Synced,
  SpecInvalid,
  Suspended,
  DryRun,
  ApplianceNotFound,
  NotPermitted,
  SecretNotFound,
  SecretInvalid,
  SecretIncomplete,
  TemporaryCertificate,
  NotYetValid,
  SecretForbidden,
  CertKeyNotOwned,
  CertificateAlreadyInstalled,
  IntermediateConflict,
  DefaultSlotTaken,
  BindingConflict,
  TargetNotFound,
  SniDisabled,
  SniWouldBreak,
  CertKeyInUse,
  NameRefused,
  WaitingForWindow,
  WindowUnsatisfiable,
  WaitingForRollout,
  UpdateThrottled,
  StaleView,
  AnotherWriter,
  Drifted,
  RolledBack,
  ApplianceUnreachable,
  ApplianceUntrusted,
  CredentialsRejected,
  NotAuthorized,
  SessionLimit,
  ApplianceBusy,
  ApplianceFull,
  ClusterNodeAddress,
  NitroError,
};

inline constexpr int kReasonCount = static_cast<int>(Reason::NitroError) + 1;

std::string_view to_text(Reason reason);

}  // namespace certsync
