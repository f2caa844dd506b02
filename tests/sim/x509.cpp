#include "sim/x509.h"

#include <algorithm>
#include <array>
#include <ctime>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/encoding.h"

namespace sim {
namespace {

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, BioFree>;

BioPtr memory_bio(std::string_view bytes) {
  return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

std::string asn1_text(const ASN1_STRING* string) {
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, string);
  if (length < 0) return {};
  std::string text(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(length));
  OPENSSL_free(utf8);
  return text;
}

std::string name_text(const X509_NAME* name) {
  std::string text = " ";
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    if (i > 0) text += ',';
    text += OBJ_nid2sn(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)));
    text += '=';
    text += asn1_text(X509_NAME_ENTRY_get_data(entry));
  }
  return text;
}

std::string common_name_of(const X509_NAME* name) {
  const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (index < 0) return {};
  return asn1_text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
}

std::string serial_text(X509* certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  if (number == nullptr) return {};
  char* hex = BN_bn2hex(number);
  std::string text = hex == nullptr ? "" : hex;
  OPENSSL_free(hex);
  BN_free(number);
  return text;
}

certsync::TimePoint time_of(const ASN1_TIME* time, std::string& text) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  std::array<char, 64> buffer{};
  const std::size_t length = std::strftime(buffer.data(), buffer.size(), "%b %e %H:%M:%S %Y GMT", &parts);
  text.assign(buffer.data(), length);
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

void read_alternative_names(X509* x509, Certificate& certificate) {
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr));
  if (names == nullptr) return;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) {
      certificate.dns_names.push_back(asn1_text(name->d.dNSName));
    } else if (name->type == GEN_IPADD) {
      std::array<char, INET6_ADDRSTRLEN> text{};
      const int family = ASN1_STRING_length(name->d.iPAddress) == 4 ? AF_INET : AF_INET6;
      if (inet_ntop(family, ASN1_STRING_get0_data(name->d.iPAddress), text.data(), text.size()) != nullptr) {
        certificate.ip_addresses.emplace_back(text.data());
      }
    }
  }
  GENERAL_NAMES_free(names);
}

void read_public_key(X509* x509, Certificate& certificate) {
  ASN1_OBJECT* algorithm = nullptr;
  X509_PUBKEY_get0_param(&algorithm, nullptr, nullptr, nullptr, X509_get_X509_PUBKEY(x509));
  certificate.public_key_algorithm = OBJ_nid2ln(OBJ_obj2nid(algorithm));
  const EVP_PKEY* key = X509_get0_pubkey(x509);
  if (key == nullptr) return;
  certificate.key_bits = EVP_PKEY_get_bits(key);
  const int type = EVP_PKEY_get_base_id(key);
  certificate.key_type = type == EVP_PKEY_RSA ? KeyType::Rsa : type == EVP_PKEY_EC ? KeyType::Ec : KeyType::Other;
}

CertificatePtr describe(X509* x509) {
  auto certificate = std::make_shared<Certificate>();
  certificate->handle = std::shared_ptr<X509>(x509, X509_free);
  certificate->subject = name_text(X509_get_subject_name(x509));
  certificate->issuer = name_text(X509_get_issuer_name(x509));
  certificate->serial = serial_text(x509);
  certificate->valid_from = time_of(X509_get0_notBefore(x509), certificate->not_before);
  certificate->valid_until = time_of(X509_get0_notAfter(x509), certificate->not_after);
  certificate->signature_algorithm = OBJ_nid2ln(X509_get_signature_nid(x509));
  certificate->version = static_cast<int>(X509_get_version(x509)) + 1;
  certificate->common_name = common_name_of(X509_get_subject_name(x509));
  read_public_key(x509, *certificate);
  read_alternative_names(x509, *certificate);
  certificate->ca = X509_check_ca(x509) == 1;
  certificate->self_signed = X509_check_issued(x509, x509) == X509_V_OK;
  const std::uint32_t usage = X509_get_extended_key_usage(x509);
  certificate->for_server = (usage & XKU_SSL_SERVER) != 0;
  certificate->for_client = (usage & XKU_SSL_CLIENT) != 0;
  return certificate;
}

struct Passphrase {
  const std::optional<std::string>* text;
  bool asked = false;
};

int give_passphrase(char* buffer, int size, int /*writing*/, void* data) {
  auto& passphrase = *static_cast<Passphrase*>(data);
  passphrase.asked = true;
  if (!passphrase.text->has_value()) return -1;
  const std::string& text = **passphrase.text;
  const auto length = std::min(text.size(), static_cast<std::size_t>(size));
  std::copy_n(text.data(), length, buffer);
  return static_cast<int>(length);
}

bool name_covers(std::string_view pattern, std::string_view host) {
  const std::string wanted = certsync::to_lower(pattern);
  if (wanted == host) return true;
  if (!wanted.starts_with("*.")) return false;
  const auto dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 && host.substr(dot) == std::string_view(wanted).substr(1);
}

}  // namespace

bool Certificate::covers(std::string_view host) const {
  const std::string wanted = certsync::to_lower(host);
  if (name_covers(common_name, wanted)) return true;
  return std::any_of(dns_names.begin(), dns_names.end(),
                     [&](const std::string& name) { return name_covers(name, wanted); });
}

CertificatePtr parse_certificate(std::string_view bytes, bool der) {
  const BioPtr bio = memory_bio(bytes);
  X509* x509 = der ? d2i_X509_bio(bio.get(), nullptr) : PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
  ERR_clear_error();
  return x509 == nullptr ? nullptr : describe(x509);
}

std::vector<CertificatePtr> parse_certificates(std::string_view pem) {
  const BioPtr bio = memory_bio(pem);
  std::vector<CertificatePtr> certificates;
  while (X509* x509 = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.push_back(describe(x509));
  }
  ERR_clear_error();
  return certificates;
}

KeyResult parse_key(std::string_view bytes, bool der, const std::optional<std::string>& passphrase) {
  const BioPtr bio = memory_bio(bytes);
  Passphrase asked{&passphrase};
  EVP_PKEY* key = der ? d2i_PrivateKey_bio(bio.get(), nullptr)
                      : PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &asked);
  if (der && key == nullptr) {
    key = d2i_PKCS8PrivateKey_bio(memory_bio(bytes).get(), nullptr, give_passphrase, &asked);
  }
  ERR_clear_error();
  if (key != nullptr) return {KeyPtr(key, EVP_PKEY_free), KeyError::None};
  if (!asked.asked) return {nullptr, KeyError::Bad};
  return {nullptr, passphrase ? KeyError::WrongPassword : KeyError::PasswordRequired};
}

std::optional<Pkcs12> parse_pkcs12(std::string_view bytes, const std::string& passphrase) {
  const BioPtr bio = memory_bio(bytes);
  PKCS12* store = d2i_PKCS12_bio(bio.get(), nullptr);
  EVP_PKEY* key = nullptr;
  X509* x509 = nullptr;
  const bool opened = store != nullptr && PKCS12_parse(store, passphrase.c_str(), &key, &x509, nullptr) == 1;
  PKCS12_free(store);
  ERR_clear_error();
  if (!opened) return std::nullopt;
  Pkcs12 result{x509 == nullptr ? nullptr : describe(x509), KeyPtr(key, EVP_PKEY_free)};
  if (!result.certificate || !result.key) return std::nullopt;
  return result;
}

bool holds_plain_key(std::string_view bytes) {
  if (parse_key(bytes, false, std::nullopt).key || parse_key(bytes, true, std::nullopt).key) return true;
  return parse_pkcs12(bytes, "").has_value();
}

bool key_matches(const Certificate& certificate, const KeyPtr& key) {
  const bool matches = X509_check_private_key(certificate.handle.get(), key.get()) == 1;
  ERR_clear_error();
  return matches;
}

bool is_issued_by(const Certificate& certificate, const Certificate& issuer) {
  if (X509_check_issued(issuer.handle.get(), certificate.handle.get()) != X509_V_OK) return false;
  const bool signed_by = X509_verify(certificate.handle.get(), X509_get0_pubkey(issuer.handle.get())) == 1;
  ERR_clear_error();
  return signed_by;
}

std::string certificate_to_pem(const Certificate& certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate.handle.get());
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

std::string certificate_fingerprint(const Certificate& certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509(certificate.handle.get(), &der);
  const std::string bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(std::max(length, 0)));
  OPENSSL_free(der);
  return "sha256:" + certsync::sha256_hex(bytes);
}

SelfSigned make_self_signed(const std::string& common_name, certsync::TimePoint now,
                            const std::vector<std::string>& addresses) {
  const KeyPtr key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::shared_ptr<X509> x509(X509_new(), X509_free);
  X509_set_version(x509.get(), 2);
  const std::string seed = certsync::sha256(common_name + std::to_string(now.time_since_epoch().count()));
  BIGNUM* number = BN_bin2bn(reinterpret_cast<const unsigned char*>(seed.data()), 7, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509.get()));
  BN_free(number);
  const std::time_t start = std::chrono::system_clock::to_time_t(now - std::chrono::hours(24));
  ASN1_TIME_set(X509_getm_notBefore(x509.get()), start);
  ASN1_TIME_set(X509_getm_notAfter(x509.get()), start + 10L * 365 * 24 * 3600);
  X509_NAME* name = X509_get_subject_name(x509.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.c_str()), -1,
                             -1, 0);
  X509_set_issuer_name(x509.get(), name);
  X509_set_pubkey(x509.get(), key.get());
  std::string list = "DNS:localhost";
  for (const auto& address : addresses) {
    list += ",IP:" + address;
  }
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, list.c_str());
  X509_add_ext(x509.get(), names, -1);
  X509_EXTENSION_free(names);
  X509_sign(x509.get(), key.get(), EVP_sha256());

  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  Certificate holder;
  holder.handle = x509;
  return {certificate_to_pem(holder), std::string(data, static_cast<std::size_t>(length))};
}

}  // namespace sim
