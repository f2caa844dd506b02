#include "pki/x509.h"

#include <array>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>

#include <openssl/objects.h>

#include "base/encoding.h"
#include "base/time_text.h"
#include "pki/invalid.h"
#include "pki/openssl.h"
#include "pki/parsed.h"
#include "pki/pem.h"

namespace certsync::pki {
namespace {

// UTF-8, control characters as \0A. Commas stay bare, as in what NetScaler shows: model::comparable_name relies on it.
constexpr unsigned long kTextFlags = ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string to_text(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_SEP_COMMA_PLUS | XN_FLAG_FN_SN | kTextFlags);
  return text_of(bio.get());
}

std::string to_text(const ASN1_STRING* text) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  ASN1_STRING_print_ex(bio.get(), text, kTextFlags);
  return text_of(bio.get());
}

std::string common_name(const X509_NAME* name) {
  const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  return index < 0 ? std::string() : to_text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
}

std::string serial_of(const X509* certificate) {
  const BignumPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  char* hex = number ? BN_bn2hex(number.get()) : nullptr;
  if (hex == nullptr) return "0";
  const std::string_view text = hex;
  // BN_bn2hex writes whole bytes in upper case, and a '-' before what RFC 5280 does not allow but people issue.
  const bool negative = text.starts_with('-');
  const auto first = text.find_first_not_of("-0");
  auto serial = first == std::string_view::npos ? "0" : (negative ? "-" : "") + std::string(text.substr(first));
  OPENSSL_free(hex);
  return serial;
}

std::vector<std::string> dns_names(const X509* certificate) {
  const NamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> found;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) found.push_back(to_text(name->d.dNSName));
  }
  return found;
}

// "99991231235959Z" means "never" (RFC 5280, 4.1.2.5).
std::optional<TimePoint> to_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return nearest_time(std::chrono::seconds(timegm(&parts)));
}

model::KeyType key_type(const EVP_PKEY* key) {
  if (key != nullptr && EVP_PKEY_is_a(key, "RSA") == 1) return model::KeyType::Rsa;
  if (key != nullptr && EVP_PKEY_is_a(key, "EC") == 1) return model::KeyType::Ecdsa;
  return model::KeyType::Other;
}

std::string signature_algorithm(const X509* certificate) {
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(nullptr, &algorithm, certificate);
  const int nid = OBJ_obj2nid(algorithm->algorithm);
  if (nid != NID_undef) return OBJ_nid2ln(nid);
  std::array<char, 80> dotted{};
  OBJ_obj2txt(dotted.data(), static_cast<int>(dotted.size()), algorithm->algorithm, 1);
  return dotted.data();
}

// `what` names the certificate in messages.
Result<model::CertificatePtr> to_certificate(X509* parsed, std::string_view der, const std::string& what) {
  auto certificate = std::make_shared<model::Certificate>();
  certificate->der = der;
  certificate->sha256 = sha256_hex(der);
  certificate->serial = serial_of(parsed);
  certificate->subject = to_text(X509_get_subject_name(parsed));
  certificate->issuer = to_text(X509_get_issuer_name(parsed));
  certificate->common_name = common_name(X509_get_subject_name(parsed));
  certificate->dns_names = dns_names(parsed);
  const auto not_before = to_time(X509_get0_notBefore(parsed));
  const auto not_after = to_time(X509_get0_notAfter(parsed));
  if (!not_before || !not_after) return invalid(what + " holds a date that cannot be read");
  certificate->not_before = *not_before;
  certificate->not_after = *not_after;
  const EVP_PKEY* key = X509_get0_pubkey(parsed);
  certificate->key_type = key_type(key);
  certificate->key_bits = key != nullptr ? EVP_PKEY_get_bits(key) : 0;
  certificate->signature_algorithm = signature_algorithm(parsed);
  certificate->is_ca = X509_check_ca(parsed) > 0;
  certificate->self_signed = X509_self_signed(parsed, 1) == 1;
  return certificate;
}

// OpenSSL's TRUSTED CERTIFICATE carries its own data behind the certificate; elsewhere more bytes mean a broken file.
Result<ParsedCertificate> from_der(std::string_view der, bool more_may_follow, const std::string& what) {
  std::size_t taken = 0;
  auto handle = parse_der(der, taken);
  if (!handle) return invalid(what + " cannot be read: what is there is not an X.509 certificate");
  if (taken != der.size() && !more_may_follow) return invalid(what + " cannot be read: other bytes follow it");
  auto certificate = to_certificate(handle.get(), der.substr(0, taken), what);
  if (!certificate) return tl::unexpected(certificate.error());
  return ParsedCertificate{std::move(*certificate), std::move(handle)};
}

Result<ParsedCertificate> from_block(const PemBlock& block, std::size_t number, const KnownIssuers& known) {
  const auto what = "certificate " + std::to_string(number);
  if (!block.complete) return invalid(what + " is cut off: its END line is missing");
  const auto der = from_base64(block.body);
  if (!der || der->empty()) return invalid(what + " cannot be read: its text is not base64, or it is cut off");
  if (auto before = known.find(*der)) return std::move(*before);
  return from_der(*der, block.label == "TRUSTED CERTIFICATE", what);
}

Result<void> check_size(std::string_view bytes) {
  if (trim(bytes).empty()) return fail(ErrorKind::Wait, Reason::SecretIncomplete, "the certificate is empty");
  if (bytes.size() <= kMaxCertificateBytes) return {};
  return invalid("the certificate has " + std::to_string(bytes.size()) + " bytes; at most " +
                 std::to_string(kMaxCertificateBytes) + " are read");
}

bool looks_like_der(std::string_view bytes) {
  constexpr char kSequence = 0x30;
  return bytes.front() == kSequence && bytes.find("-----BEGIN ") == std::string_view::npos;
}

tl::unexpected<Error> nothing_found(std::string_view found_instead) {
  if (found_instead.empty()) return invalid("no certificate was found: this is neither PEM nor a DER certificate");
  return invalid("no certificate was found, but " + std::string(found_instead));
}

Result<std::vector<ParsedCertificate>> parse_at_most(std::string_view bytes, std::size_t enough,
                                                     const KnownIssuers& known) {
  const ErrorQueueScope scope;
  if (const auto sized = check_size(bytes); !sized) return tl::unexpected(sized.error());
  std::vector<ParsedCertificate> certificates;
  if (looks_like_der(bytes)) {
    auto certificate = from_der(bytes, false, "the certificate");
    if (!certificate) return tl::unexpected(certificate.error());
    certificates.push_back(std::move(*certificate));
    return certificates;
  }
  std::string_view found_instead;
  PemScanner scanner(bytes);
  for (auto block = scanner.next(); block && certificates.size() < enough; block = scanner.next()) {
    if (!block->is_certificate()) {
      if (found_instead.empty()) found_instead = describe(*block);
      continue;
    }
    if (certificates.size() == kMaxCertificates) {
      return invalid("there are more than " + std::to_string(kMaxCertificates) + " certificates");
    }
    auto certificate = from_block(*block, certificates.size() + 1, known);
    if (!certificate) return tl::unexpected(certificate.error());
    certificates.push_back(std::move(*certificate));
  }
  if (certificates.empty()) return nothing_found(found_instead);
  return certificates;
}

}  // namespace

Result<std::vector<ParsedCertificate>> parse_certificates(std::string_view bytes, const KnownIssuers& known) {
  return parse_at_most(bytes, kMaxCertificates + 1, known);
}

Result<std::vector<model::CertificatePtr>> read_certificates(std::string_view bytes) {
  auto parsed = parse_certificates(bytes, KnownIssuers());
  if (!parsed) return tl::unexpected(parsed.error());
  std::vector<model::CertificatePtr> certificates;
  for (auto& one : *parsed)
    certificates.push_back(std::move(one.data));
  return certificates;
}

Result<model::CertificatePtr> read_first_certificate(std::string_view bytes) {
  auto certificates = parse_at_most(bytes, 1, KnownIssuers());
  if (!certificates) return tl::unexpected(certificates.error());
  return std::move(certificates->front().data);
}

std::string to_pem(const model::Certificate& certificate) {
  constexpr std::size_t kLineLength = 64;
  const auto text = to_base64(certificate.der);
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t i = 0; i < text.size(); i += kLineLength)
    pem += text.substr(i, kLineLength) + "\n";
  return pem + "-----END CERTIFICATE-----\n";
}

bool issued_by(X509* below, X509* above) {
  if (X509_NAME_cmp(X509_get_issuer_name(below), X509_get_subject_name(above)) != 0) return false;
  EVP_PKEY* key = X509_get0_pubkey(above);
  return key != nullptr && X509_verify(below, key) == 1;
}

bool issued_by(const model::Certificate& certificate, const model::Certificate& issuer) {
  const ErrorQueueScope scope;
  std::size_t taken = 0;
  const auto below = parse_der(certificate.der, taken);
  const auto above = parse_der(issuer.der, taken);
  return below && above && issued_by(below.get(), above.get());
}

}  // namespace certsync::pki
