#include "pki/pem.h"

#include <algorithm>

#include "base/encoding.h"

namespace certsync::pki {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// What stands between `prefix` and "-----", if that is all of the line.
std::optional<std::string_view> marker(std::string_view line, std::string_view prefix) {
  constexpr std::string_view kDashes = "-----";
  line = trim(line);
  if (!line.starts_with(prefix)) return std::nullopt;
  line.remove_prefix(prefix.size());
  if (!line.ends_with(kDashes)) return std::nullopt;
  line.remove_suffix(kDashes.size());
  return line;
}

}  // namespace

bool PemBlock::is_certificate() const {
  // The two others are OpenSSL's: PEM_STRING_X509_OLD and PEM_STRING_X509_TRUSTED in openssl/pem.h.
  return label == "CERTIFICATE" || label == "X509 CERTIFICATE" || label == "TRUSTED CERTIFICATE";
}

bool PemBlock::is_private_key() const {
  return label.ends_with("PRIVATE KEY");
}

PemScanner::PemScanner(std::string_view text) : text_(text) {
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
}

// A line ends with LF, CRLF or, as on old Macs, CR; an empty line more or less does not matter here.
std::string_view PemScanner::take_line() {
  const auto end = std::min(text_.find_first_of("\r\n", position_), text_.size());
  const auto line = text_.substr(position_, end - position_);
  position_ = end + 1;
  return line;
}

std::optional<PemBlock> PemScanner::next() {
  std::optional<PemBlock> block;
  std::size_t start = 0;
  while (position_ < text_.size()) {
    const auto line_start = position_;
    const auto line = take_line();
    const auto begin = marker(line, "-----BEGIN ");
    if (!block && begin) {
      block = PemBlock{*begin, {}, false};
      start = std::min(position_, text_.size());
      continue;
    }
    if (!block) continue;
    block->complete = marker(line, "-----END ") == block->label;
    if (block->complete || begin) {
      block->body = text_.substr(start, line_start - start);
      // A block that is cut off ends where the next one begins.
      if (begin) position_ = line_start;
      return block;
    }
  }
  if (block) block->body = text_.substr(start);
  return block;
}

std::string_view describe(const PemBlock& block) {
  if (block.is_certificate()) return "a certificate";
  if (block.is_private_key()) return "a private key";
  if (block.label.ends_with("CERTIFICATE REQUEST")) return "a certificate request";
  if (block.label.ends_with("PUBLIC KEY")) return "a public key";
  if (block.label.ends_with("PARAMETERS")) return "key parameters";
  if (block.label == "PKCS7" || block.label == "CMS") return "a PKCS#7 bundle";
  if (block.label == "X509 CRL") return "a revocation list";
  return "a PEM block of another kind";
}

}  // namespace certsync::pki
