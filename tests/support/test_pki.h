// A certification authority in memory: whatever certificate or key a case needs, made on the spot, nothing on disk.
// Failures inside OpenSSL abort: they are a bug of the test. All of it is thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace support {

/// RSA keys are slow to make, so there is one per kind and process; every other kind is new each time.
enum class KeyKind {
  EcP224,
  EcP256,
  EcP384,
  EcP521,
  EcSecp256k1,
  Rsa512,
  Rsa1024,
  Rsa1040,
  Rsa2048,
  Rsa4096,
  RsaPss2048,
  /// Public half only, over a random modulus: good for a certificate, but Issued::key_pem stays empty.
  Rsa4608Public,
  Rsa8192Public,
  Ed25519,
};

struct CertificateOptions {
  /// Empty = no CN.
  std::string common_name = {};
  std::vector<std::string> dns_names = {};
  certsync::TimePoint not_before = std::chrono::system_clock::now() - std::chrono::hours(1);
  certsync::TimePoint not_after = std::chrono::system_clock::now() + std::chrono::hours(24 * 90);
  KeyKind key = KeyKind::EcP256;
  /// Empty = random.
  std::string serial_hex = {};
  std::string organization = {};
  /// In OpenSSL's words.
  std::string extended_key_usage = "serverAuth";
  /// The attribute serialNumber of the subject, not the certificate's serial.
  std::string subject_serial_number = {};
};

struct Issued {
  std::string certificate_pem;
  /// PKCS#8, not encrypted.
  std::string key_pem;
};

class Authority {
 public:
  static Authority root(const std::string& name, KeyKind key = KeyKind::EcP256);
  /// A CA below this one.
  Authority intermediate(const std::string& name, const std::string& serial_hex = "",
                         KeyKind key = KeyKind::EcP256) const;
  /// The same key and subject with `other` as the issuer: the twin of this one.
  Authority cross_signed_by(const Authority& other) const;

  Issued issue(const CertificateOptions& options) const;
  /// For a key that exists already, as on a renewal that keeps the key; options.key is not looked at.
  Issued issue_for_key(const std::string& key_pem, const CertificateOptions& options) const;

  const std::string& certificate_pem() const { return certificate_pem_; }
  const std::string& key_pem() const { return key_pem_; }

 private:
  Authority(std::string certificate_pem, std::string key_pem)
      : certificate_pem_(std::move(certificate_pem)), key_pem_(std::move(key_pem)) {}

  std::string certificate_pem_;
  std::string key_pem_;
};

/// An end-entity certificate signed with its own key.
Issued self_signed(const CertificateOptions& options);

/// A new key as PKCS#8 PEM; RSA comes from the cache.
std::string make_key(KeyKind kind);
/// PKCS#1 for RSA, SEC1 for EC: the form that is older than PKCS#8.
std::string to_traditional_pem(const std::string& key_pem);
/// SEC1 behind an EC PARAMETERS block, as `openssl ecparam -genkey` writes it.
std::string to_sec1_with_parameters(const std::string& key_pem);
/// The same EC key with its curve spelled out instead of named; PKCS#8.
std::string to_explicit_curve(const std::string& key_pem);
/// The same EC key without the public point, as some libraries write it; PKCS#8.
std::string without_public_point(const std::string& key_pem);
/// "-----BEGIN ENCRYPTED PRIVATE KEY-----"
std::string to_encrypted_pkcs8(const std::string& key_pem, const std::string& password);
/// "Proc-Type: 4,ENCRYPTED"
std::string to_encrypted_traditional(const std::string& key_pem, const std::string& password);
std::string to_pkcs8_der(const std::string& key_pem);
std::string to_encrypted_pkcs8_der(const std::string& key_pem, const std::string& password);
std::string to_traditional_der(const std::string& key_pem);
/// "-----BEGIN PUBLIC KEY-----"
std::string to_public_pem(const std::string& key_pem);

/// "DEK-Info: DES-CBC": a cipher that OpenSSL has in its legacy provider only.
std::string to_des_traditional(const std::string& key_pem, const std::string& password);
/// Encrypted PKCS#8 whose reader has to do `rounds` of PBKDF2; they are only written down, not done.
std::string claiming_rounds(const std::string& encrypted_pkcs8_pem, long rounds);

/// The profiles of cert-manager's PKCS#12 keystores.
enum class Keystore { LegacyRc2, LegacyDes, Modern2023 };
/// `certificates_pem`: leaf first. An empty key makes one without a private key.
std::string to_pkcs12(const std::string& certificates_pem, const std::string& key_pem, const std::string& password,
                      Keystore profile = Keystore::Modern2023);

std::string certificate_to_der(const std::string& certificate_pem);
/// "-----BEGIN TRUSTED CERTIFICATE-----" with OpenSSL's own trust data behind the certificate.
std::string to_trusted_pem(const std::string& certificate_pem);

}  // namespace support
