// What the target functions are written with.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "base/error.h"

namespace fuzz {

/// A property does not hold. libFuzzer takes it for the crash that it is; the tests show it with its input.
class Broken : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

inline void must_hold(bool holds, const std::string& what) {
  if (!holds) throw Broken(what);
}

/// A function over text as a row wants it.
template <void (*Read)(std::string_view)>
void run(const std::uint8_t* data, std::size_t size) {
  Read({reinterpret_cast<const char*>(data), size});
}

/// The first `count` - 1 lines and the rest; absent ones are empty.
inline std::vector<std::string_view> parts(std::string_view text, std::size_t count) {
  std::vector<std::string_view> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto end = i + 1 < count ? text.find('\n') : std::string_view::npos;
    out[i] = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

inline bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

/// Something is said, and not so much that no Event could hold it.
/// A value of the corpus that no error may quote.
inline constexpr std::string_view kPlanted = "s3cr3t-t0ken";

inline void must_be_sound(const certsync::Error& error) {
  must_hold(!error.message.empty(), "an error without a message");
  must_hold(error.message.size() <= 2048, "an error's message has " + std::to_string(error.message.size()) + " bytes");
}

}  // namespace fuzz
