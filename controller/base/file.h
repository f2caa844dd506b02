// Files that may hold secrets, read whole.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace certsync {

/// The whole of a regular file. Errors: Gone when there is none, else Stalled; both with SecretNotFound/SecretInvalid
/// as the reasons that fit files of Secrets; the message begins with the path. The caller wipes what may hold a key.
Result<std::string> read_whole_file(const std::filesystem::path& path, std::size_t largest_bytes);

}  // namespace certsync
