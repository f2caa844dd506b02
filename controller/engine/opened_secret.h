// A Secret, opened: certificates and private key as spec.source says where and in which form they are.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "model/cert_sync.h"
#include "ports/objects.h"

namespace certsync::engine {

/// Lives as long as one reading.
struct OpenedSecret {
  SecretBytes certificates;
  /// As it was written; empty with fipsKey.
  SecretBytes private_key;
  std::optional<SecretBytes> password;
  /// For messages: where in the Secret the two were.
  std::string certificate_entry;
  std::string key_entry;
};

/// The Secret with the password, in the resource's own namespace; nothing where the source has none.
std::optional<model::ObjectRef> password_secret(const model::ObjectRef& secret, const model::SourceSpec& source);

/// Errors of the reader as they are; those of the password's Secret begin with the path of its field. SecretIncomplete
/// for an entry that is absent or empty, SecretInvalid for a keystore that cannot be opened.
Result<OpenedSecret> open_secret(ports::SecretReader& reader, const model::ObjectRef& ref,
                                 const model::SourceSpec& source);

}  // namespace certsync::engine
