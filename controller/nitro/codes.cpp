#include "nitro/codes.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace certsync::nitro {
namespace {

struct Row {
  int code;
  ErrorKind kind;
  Reason reason;
  /// What to do, where the appliance's own text does not say it.
  const char* hint;
};

constexpr char kNoFipsCard[] = "spec.source.fipsKey needs an appliance with a FIPS card";
constexpr char kEncryptedKey[] = "the appliance cannot open encrypted keys: set its spec.encryptKeys to false";
constexpr char kOtherKindOfKey[] =
    "an update cannot change between a key file and a FIPS key: remove the certkey on the appliance, it is then added "
    "anew";

// Sorted by code.
constexpr std::array kRows = {
    Row{258, ErrorKind::Gone, Reason::TargetNotFound, ""},
    Row{273, ErrorKind::Unknown, Reason::CertificateAlreadyInstalled, ""},
    Row{283, ErrorKind::Stalled, Reason::ApplianceFull, ""},
    Row{284, ErrorKind::Stalled, Reason::ApplianceFull, "free space in /nsconfig/ssl"},
    Row{292, ErrorKind::Retry, Reason::ApplianceBusy, ""},
    Row{293, ErrorKind::Retry, Reason::ApplianceBusy, ""},
    Row{344, ErrorKind::Gone, Reason::TargetNotFound, ""},
    Row{347, ErrorKind::Unknown, Reason::ApplianceBusy, ""},
    Row{349, ErrorKind::Unknown, Reason::ApplianceBusy, ""},
    Row{354, ErrorKind::Stalled, Reason::CredentialsRejected, "check the credentials Secret"},
    Row{355, ErrorKind::Stalled, Reason::CredentialsRejected, "check the credentials Secret"},
    Row{366, ErrorKind::Retry, Reason::ApplianceBusy, ""},
    Row{368, ErrorKind::Retry, Reason::ApplianceBusy, ""},
    Row{371, ErrorKind::Stalled, Reason::NotAuthorized, "give the account a command policy"},
    Row{412, ErrorKind::Retry, Reason::ApplianceBusy, ""},
    Row{445, ErrorKind::Wait, Reason::SessionLimit, "end sessions of this account, or raise its limit"},
    Row{446, ErrorKind::Wait, Reason::SessionLimit, ""},
    Row{447, ErrorKind::Wait, Reason::SessionLimit, ""},
    Row{457, ErrorKind::Unknown, Reason::ApplianceBusy, ""},
    Row{458, ErrorKind::Unknown, Reason::ApplianceBusy, ""},
    Row{461, ErrorKind::Stalled, Reason::TargetNotFound, ""},
    Row{462, ErrorKind::Stalled, Reason::TargetNotFound, ""},
    Row{463, ErrorKind::Stalled, Reason::TargetNotFound, ""},
    Row{1025, ErrorKind::Stalled, Reason::CredentialsRejected, "check the credentials Secret"},
    Row{1028, ErrorKind::Retry, Reason::ApplianceBusy, ""},
    Row{1044, ErrorKind::Stalled, Reason::ClusterNodeAddress, "use the cluster's address"},
    Row{1046, ErrorKind::Stalled, Reason::CredentialsRejected, "change the account's password first"},
    Row{1047, ErrorKind::Stalled, Reason::CredentialsRejected, "change the account's password first"},
    Row{1072, ErrorKind::Stalled, Reason::ApplianceFull, ""},
    Row{1075, ErrorKind::Stalled, Reason::NameRefused, "choose another spec.certKey.name"},
    Row{1106, ErrorKind::Stalled, Reason::NameRefused, "lower spec.certKey.maxNameLength or choose a shorter name"},
    Row{1180, ErrorKind::Stalled, Reason::ClusterNodeAddress, "use the cluster's address"},
    Row{1203, ErrorKind::Stalled, Reason::ClusterNodeAddress, "use the cluster's address"},
    Row{1244, ErrorKind::Stalled, Reason::CredentialsRejected, ""},
    Row{1335, ErrorKind::Unknown, Reason::NitroError, ""},
    Row{1536, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{1537, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{1538, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{1539, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{1540, ErrorKind::Unknown, Reason::NitroError, ""},
    Row{1541, ErrorKind::Stalled, Reason::CertKeyInUse, ""},
    Row{1546, ErrorKind::Stalled, Reason::DefaultSlotTaken, ""},
    Row{1547, ErrorKind::Stalled, Reason::SecretInvalid, "the certificate is not one for servers"},
    Row{1548, ErrorKind::Unknown, Reason::IntermediateConflict, ""},
    Row{1562, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{1575, ErrorKind::Stalled, Reason::TargetNotFound, "spec.source.fipsKey must name a key in the FIPS card"},
    Row{1576, ErrorKind::Stalled, Reason::TargetNotFound, kNoFipsCard},
    Row{1577, ErrorKind::Stalled, Reason::TargetNotFound, "set up the FIPS card first"},
    Row{1580, ErrorKind::Stalled, Reason::NitroError,
        "a FIPS appliance takes no key files: import the key and name it in spec.source.fipsKey"},
    Row{1581, ErrorKind::Stalled, Reason::NitroError, kOtherKindOfKey},
    Row{1582, ErrorKind::Stalled, Reason::NitroError, kOtherKindOfKey},
    Row{1613, ErrorKind::Stalled, Reason::SecretInvalid, kEncryptedKey},
    Row{1614, ErrorKind::Stalled, Reason::SecretInvalid, kEncryptedKey},
    Row{1642, ErrorKind::Conflict, Reason::NitroError, ""},
    Row{1647, ErrorKind::Unknown, Reason::NitroError, ""},
    Row{1649, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{1674, ErrorKind::Stalled, Reason::CertificateAlreadyInstalled, ""},
    Row{1675, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{1676, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{1677, ErrorKind::Stalled, Reason::IntermediateConflict, ""},
    Row{2138, ErrorKind::Stalled, Reason::NotAuthorized, "extend the account's command policy"},
    Row{2256, ErrorKind::Stalled, Reason::TargetNotFound, kNoFipsCard},
    Row{2755, ErrorKind::Stalled, Reason::SpecInvalid, "spec.partition must name a partition of this appliance"},
    Row{3374, ErrorKind::Stalled, Reason::CertKeyInUse, ""},
    Row{3375, ErrorKind::Stalled, Reason::CertKeyInUse, ""},
    Row{3585, ErrorKind::Stalled, Reason::NitroError, "set spec.domainCheck to false to let the Secret decide"},
    Row{3590, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{3617, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{3619, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{3627, ErrorKind::Stalled, Reason::SniDisabled, "turn SNI on there, or set enableSNI: true on the binding"},
    Row{3628, ErrorKind::Stalled, Reason::SniWouldBreak, ""},
    Row{3629, ErrorKind::Stalled, Reason::BindingConflict, ""},
    Row{3630, ErrorKind::Stalled, Reason::TargetNotFound, ""},
    Row{3645, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{3655, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{3669, ErrorKind::Unknown, Reason::IntermediateConflict, ""},
    Row{3679, ErrorKind::Stalled, Reason::SniDisabled, "an SSL profile rules there: turn SNI on in the profile"},
    Row{3708, ErrorKind::Stalled, Reason::SecretInvalid, ""},
    Row{3709, ErrorKind::Stalled, Reason::SniWouldBreak, ""},
    Row{3712, ErrorKind::Stalled, Reason::TargetNotFound, ""},
    Row{3722, ErrorKind::Stalled, Reason::NameRefused, ""},
    Row{3730, ErrorKind::Stalled, Reason::TargetNotFound, "it is no SSL virtual server"},
    Row{3740, ErrorKind::Stalled, Reason::SniDisabled, "an SSL profile rules there: turn SNI on in the profile"},
};

static_assert(std::is_sorted(kRows.begin(), kRows.end(), [](const Row& a, const Row& b) { return a.code < b.code; }));

// The appliance's words, for one line of a condition.
std::string cleaned(std::string_view text) {
  constexpr std::size_t kLongest = 300;
  std::string out(cut_utf8(text, kLongest));
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return out;
}

Error odd_answer(const Answer& answer, const std::string& start, bool write) {
  if (answer.status == 503) {
    return {ErrorKind::Retry, Reason::ApplianceBusy, start + "HTTP 503: the appliance is starting or overloaded"};
  }
  if (answer.status == 401) {
    return {ErrorKind::Stalled, Reason::CredentialsRejected,
            start + "HTTP 401 without a NITRO answer; check the credentials Secret"};
  }
  if (answer.status == 403) {
    return {ErrorKind::Stalled, Reason::NotAuthorized,
            start + "HTTP 403 without a NITRO answer; check the account's rights"};
  }
  // Whoever made this page, the write may have been carried out behind it.
  return {write ? ErrorKind::Unknown : ErrorKind::Retry, Reason::NitroError,
          start + "no NITRO answer (" + answer.oddity + "); is there a proxy between, or is this not an appliance?"};
}

}  // namespace

bool is_busy(int code) {
  return code == 293 || code == 366 || code == 412;
}

Error to_error(const Answer& answer, std::string_view what, bool write) {
  const std::string start = std::string(what) + ": ";
  if (!answer.is_nitro) return odd_answer(answer, start, write);
  const auto row = std::lower_bound(kRows.begin(), kRows.end(), answer.code,
                                    [](const Row& one, int code) { return one.code < code; });
  const std::string text = start + "NITRO " + std::to_string(answer.code) + " " + cleaned(answer.message);
  if (row == kRows.end() || row->code != answer.code) {
    const auto kind = answer.status == 400 ? ErrorKind::Stalled : ErrorKind::Retry;
    return {kind, Reason::NitroError, text, answer.code};
  }
  const std::string hint = *row->hint == '\0' ? "" : std::string("; ") + row->hint;
  return {row->kind, row->reason, text + hint, answer.code};
}

Error to_error(const http::Failure& failure, std::string_view what, bool write) {
  const std::string text = std::string(what) + ": " + failure.message;
  switch (failure.kind) {
    case http::FailureKind::Untrusted:
      return {ErrorKind::Stalled, Reason::ApplianceUntrusted, text};
    case http::FailureKind::TooLarge:
      return {write ? ErrorKind::Unknown : ErrorKind::Retry, Reason::NitroError, text};
    case http::FailureKind::Unreachable:
    case http::FailureKind::Timeout:
    case http::FailureKind::Lost:
    case http::FailureKind::Cancelled:
      break;
  }
  const bool unknown = write && failure.maybe_sent;
  return {unknown ? ErrorKind::Unknown : ErrorKind::Retry, Reason::ApplianceUnreachable, text};
}

}  // namespace certsync::nitro
