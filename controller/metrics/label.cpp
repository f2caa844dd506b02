#include "metrics/label.h"

namespace certsync::metrics {
namespace {

constexpr std::size_t kMaxBytes = 256;

bool in(unsigned char byte, int first, int last) {
  return byte >= first && byte <= last;
}

/// Bytes of the well-formed character at the front, 0 if there is none (Unicode 15, table 3-7).
std::size_t character_bytes(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  const auto tail = [&](std::size_t i) { return in(static_cast<unsigned char>(at(i)), 0x80, 0xbf); };
  const auto first = static_cast<unsigned char>(at(0));
  const auto second = static_cast<unsigned char>(at(1));
  if (first < 0x80) return 1;
  if (in(first, 0xc2, 0xdf)) return tail(1) ? 2 : 0;
  if (in(first, 0xe0, 0xef)) {
    const bool fits = in(second, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
    return fits && tail(2) ? 3 : 0;
  }
  if (in(first, 0xf0, 0xf4)) {
    const bool fits = in(second, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return fits && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string to_label(std::string_view value) {
  std::string label;
  while (!value.empty()) {
    const auto bytes = character_bytes(value);
    const auto piece = bytes == 0 ? std::string_view("?") : value.substr(0, bytes);
    if (label.size() + piece.size() > kMaxBytes) break;
    label += piece;
    value.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return label;
}

}  // namespace certsync::metrics
