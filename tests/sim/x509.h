// Certificates and keys as the appliance sees them: what it prints about them and which checks it makes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

struct x509_st;
struct evp_pkey_st;

namespace sim {

enum class KeyType { Rsa, Ec, Other };

/// Immutable after parsing, so it can be shared among threads; `handle` is OpenSSL's, counted.
struct Certificate {
  std::shared_ptr<x509_st> handle;
  std::string subject;  // " C=US,O=Let's Encrypt,CN=R3": with the leading space
  std::string issuer;
  std::string serial;      // upper-case hex
  std::string not_before;  // "Jun  1 23:59:59 2024 GMT": the day padded with a space
  std::string not_after;
  certsync::TimePoint valid_from;
  certsync::TimePoint valid_until;
  std::string signature_algorithm;
  std::string public_key_algorithm;
  KeyType key_type = KeyType::Other;
  int key_bits = 0;
  int version = 3;
  std::string common_name;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  bool ca = false;
  bool self_signed = false;
  bool for_server = true;
  bool for_client = true;

  /// Serial and issuer: one certificate can be loaded only once (Citrix CTX206045).
  std::string identity() const { return serial + issuer; }
  /// CN or a DNS name, with a wildcard for one label.
  bool covers(std::string_view host) const;
};

using CertificatePtr = std::shared_ptr<const Certificate>;
using KeyPtr = std::shared_ptr<evp_pkey_st>;

enum class KeyError { None, Bad, PasswordRequired, WrongPassword };

struct KeyResult {
  KeyPtr key;
  KeyError error = KeyError::None;
};

struct Pkcs12 {
  CertificatePtr certificate;
  KeyPtr key;
};

/// The first certificate of the file; null when there is none.
CertificatePtr parse_certificate(std::string_view bytes, bool der = false);
/// Every certificate of a PEM file in its order.
std::vector<CertificatePtr> parse_certificates(std::string_view pem);
/// PEM of any kind; DER plain or as encrypted PKCS#8.
KeyResult parse_key(std::string_view bytes, bool der, const std::optional<std::string>& passphrase);
std::optional<Pkcs12> parse_pkcs12(std::string_view bytes, const std::string& passphrase);

/// A private key that needs no passphrase, in any format the appliance takes.
bool holds_plain_key(std::string_view bytes);

bool key_matches(const Certificate& certificate, const KeyPtr& key);
/// Names and signature both.
bool is_issued_by(const Certificate& certificate, const Certificate& issuer);

std::string certificate_to_pem(const Certificate& certificate);
/// "sha256:<hex>" of the DER bytes.
std::string certificate_fingerprint(const Certificate& certificate);

struct SelfSigned {
  std::string certificate_pem;
  std::string key_pem;
};
/// An EC certificate for localhost and these addresses.
SelfSigned make_self_signed(const std::string& common_name, certsync::TimePoint now,
                            const std::vector<std::string>& addresses = {"127.0.0.1"});

}  // namespace sim
