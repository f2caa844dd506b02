// Inside pki only: the blocks of a PEM text (RFC 7468), read in one pass however broken the text is.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace certsync::pki {

/// Views into the text, which may be a secret: nothing is copied.
struct PemBlock {
  std::string_view label;
  std::string_view body;
  /// False when the text ends, or another block begins, before the END line.
  bool complete = false;

  bool is_certificate() const;
  bool is_private_key() const;
};

class PemScanner {
 public:
  explicit PemScanner(std::string_view text);
  std::optional<PemBlock> next();

 private:
  std::string_view take_line();

  std::string_view text_;
  std::size_t position_ = 0;
};

/// For messages. Says the kind and never the label itself, which is the writer's text.
std::string_view describe(const PemBlock& block);

}  // namespace certsync::pki
