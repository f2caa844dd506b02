// Certificates for the servers of these tests: EC keys, any subject alternative names, IP addresses too.
#pragma once

#include <string>

namespace certsync::http::test {

struct Identity {
  std::string certificate_pem;
  std::string key_pem;

  /// "sha256:…" of the DER, as Trust::fingerprints wants it.
  std::string fingerprint() const;
};

/// `alternative_names` in OpenSSL's words: "DNS:a.example,IP:127.0.0.1"; empty = none.
Identity self_signed(const std::string& name, const std::string& alternative_names);
Identity make_authority(const std::string& name);
Identity issue_authority(const Identity& authority, const std::string& name);
/// `usage` in OpenSSL's words: "clientAuth"; empty = for anything.
Identity issue(const Identity& authority, const std::string& name, const std::string& alternative_names,
               const std::string& usage = "");
/// The key under a password.
std::string locked_key(const std::string& key_pem, const std::string& password);

}  // namespace certsync::http::test
