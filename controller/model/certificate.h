// What we know of a certificate and its chain. Plain data: pki fills it, everybody reads it. Never a private key.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"

namespace certsync::model {

enum class KeyType { Rsa, Ecdsa, Other };

std::string_view to_text(KeyType type);

struct Certificate {
  std::string der;
  /// Lower-case hex of the SHA-256 of the DER.
  std::string sha256;
  /// Upper-case hex without separators or leading zeros.
  std::string serial;
  /// Comma-joined short names in the order of the certificate: "C=US,O=Example,CN=www.example.com".
  std::string subject;
  std::string issuer;
  std::string common_name;
  std::vector<std::string> dns_names;
  TimePoint not_before{};
  TimePoint not_after{};
  KeyType key_type = KeyType::Other;
  int key_bits = 0;
  /// As the appliance spells it ("sha256WithRSAEncryption").
  std::string signature_algorithm;
  bool is_ca = false;
  bool self_signed = false;
};

using CertificatePtr = std::shared_ptr<const Certificate>;

/// A leaf and the intermediates that lead away from it, nearest first, without the root.
struct CertificateChain {
  CertificatePtr leaf;
  std::vector<CertificatePtr> intermediates;
  /// What intake mended, for the Event ChainRepaired: "root left out", "order corrected", ... Empty = nothing.
  std::vector<std::string> repairs;
  /// Subject of the issuer that tls.crt lacks; empty when the chain ends below a root or is a lone self-signed leaf.
  std::string missing_issuer;
  /// Bytes of the private key in the form in which it is uploaded; 0 = not known.
  std::size_t key_file_bytes = 0;
  /// cert-manager's stand-in while the real certificate is being issued.
  bool temporary = false;
};

/// Bytes of the certificate as PEM with lines of 64 and a newline at the end.
std::size_t pem_bytes(const Certificate& certificate);

/// The same serial and issuer: NetScaler loads such a certificate only once (CTX206045).
bool same_issue(const Certificate& certificate, std::string_view serial, std::string_view issuer);

/// Distinguished names in any of the usual spellings, made comparable: order, blanks and case of the keys fall away.
std::string comparable_name(std::string_view distinguished_name);
/// Upper-case hex without separators and leading zeros.
std::string comparable_serial(std::string_view serial);

}  // namespace certsync::model
