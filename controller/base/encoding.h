// Base64 (RFC 4648), hex and SHA-256: the three encodings that names, files and Secrets are made of.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace certsync {

std::string to_base64(std::string_view bytes);
/// White space is skipped, as Kubernetes and PEM both wrap lines; anything else outside the alphabet is refused.
std::optional<std::string> from_base64(std::string_view text);

/// Lower case.
std::string to_hex(std::string_view bytes);
/// 32 raw bytes.
std::string sha256(std::string_view bytes);
/// 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// The text with every byte that is no UTF-8 replaced by '?'. Valid text is returned as it came.
std::string valid_utf8(std::string text);
/// At most `limit` bytes, cut between characters.
std::string_view cut_utf8(std::string_view text, std::size_t limit);

std::string to_lower(std::string_view text);
/// Without the white space at both ends.
std::string_view trim(std::string_view text);

}  // namespace certsync
