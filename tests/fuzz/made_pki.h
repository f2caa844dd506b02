// Certificates and keys that the target functions of pki/ begin with, made once a process: none lies in a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "model/certificate.h"

namespace fuzz {

inline constexpr std::string_view kPassword = "changeit";

/// The certificates that the bytes name, in their order: a leaf, CAs, cross-signed twins, strangers.
std::string bundle_of(std::string_view bytes);

/// What made_key() belongs to.
const certsync::model::Certificate& made_leaf();
/// In the form that appliances read.
const certsync::SecretBytes& made_key();
/// The same key in every form that is read: PEM and DER, plain and with kPassword.
const std::vector<std::string>& made_key_forms();

std::vector<std::string> made_certificates();
std::vector<std::string> made_keystores();
std::vector<std::string> made_locked_keys();

/// Somewhere stands an ASN.1 number that, as a count of rounds, would take long: from 20,000 to 8 million.
bool claims_many_rounds(std::string_view der);

}  // namespace fuzz
