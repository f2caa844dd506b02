#include "model/certificate.h"

#include <algorithm>
#include <cctype>

#include "base/encoding.h"

namespace certsync::model {
namespace {

// One spelling for O=Example, Inc. and O=Example\, Inc. and O="Example, Inc.".
std::string plain(std::string_view value) {
  std::string out;
  for (char c : value) {
    if (c == '\\' || c == '"') continue;
    if (c == ' ' && out.ends_with(',')) continue;
    out.push_back(c);
  }
  return out;
}

// "CN = a, O = b", "/CN=a/O=b" and " CN=a,O=b" are split alike; a piece without '=' belongs to the value before it.
std::vector<std::string> name_parts(std::string_view text) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool separator = i == text.size() || ((text[i] == ',' || text[i] == '/') && (i == 0 || text[i - 1] != '\\'));
    if (!separator) continue;
    const auto piece = trim(text.substr(start, i - start));
    start = i + 1;
    if (piece.empty()) continue;
    const auto equals = piece.find('=');
    if (equals == std::string_view::npos) {
      if (!parts.empty()) parts.back() += "," + std::string(piece);
      continue;
    }
    parts.push_back(to_lower(trim(piece.substr(0, equals))) + "=" + std::string(trim(piece.substr(equals + 1))));
  }
  for (auto& part : parts)
    part = plain(part);
  return parts;
}

}  // namespace

std::string_view to_text(KeyType type) {
  switch (type) {
    case KeyType::Rsa:
      return "RSA";
    case KeyType::Ecdsa:
      return "ECDSA";
    case KeyType::Other:
      return "other";
  }
  return "other";
}

std::string comparable_name(std::string_view distinguished_name) {
  auto parts = name_parts(distinguished_name);
  std::sort(parts.begin(), parts.end());
  std::string joined;
  for (const auto& part : parts)
    joined += part + "\n";
  return joined;
}

std::string comparable_serial(std::string_view serial) {
  std::string out;
  for (char c : serial) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) continue;
    if (out.empty() && c == '0') continue;
    out.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  return out.empty() ? "0" : out;
}

std::size_t pem_bytes(const Certificate& certificate) {
  constexpr std::size_t kFrame = std::string_view("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n").size();
  const std::size_t base64 = (certificate.der.size() + 2) / 3 * 4;
  return kFrame + base64 + (base64 + 63) / 64;
}

bool same_issue(const Certificate& certificate, std::string_view serial, std::string_view issuer) {
  return certificate.serial == comparable_serial(serial) &&
         comparable_name(certificate.issuer) == comparable_name(issuer);
}

}  // namespace certsync::model
