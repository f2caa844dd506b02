// What a TLS client reads from files, looked at before it is used: a half-written file is found out here and not in a
// handshake. Any key that TLS takes will do, unlike for an appliance.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace certsync::pki {

/// Empty when `pem` holds certificates and each of them can be read; else what is wrong with it.
std::string ca_bundle_problem(std::string_view pem);

/// Empty when `certificates` (PEM, leaf first) and `private_key` (PEM, not encrypted) can be read and belong together;
/// else what is wrong. Never quotes either.
std::string identity_problem(std::string_view certificates, const SecretBytes& private_key);

}  // namespace certsync::pki
