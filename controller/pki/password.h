// Inside pki only: what opening something with a password takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "pki/openssl.h"

namespace certsync::pki {

/// The password as it was given, and without the line end that editors and `echo` leave behind it.
std::vector<std::string_view> spellings(const SecretBytes& password);

/// Empty when making a key from a password by this algorithm takes moments, else what is wrong with it. How many rounds
/// that takes is written in the file, so whoever may write a Secret could keep a worker busy for hours.
std::string work_problem(const X509_ALGOR* algorithm);
/// The same for rounds that are written elsewhere.
std::string work_problem(const ASN1_INTEGER* rounds);

}  // namespace certsync::pki
