#include "fuzz/mutator.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace fuzz {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kLongest = 64 << 10;

/// What readers trip over.
constexpr std::array kPieces = {"\0"sv,
                                "\n"sv,
                                "\r\n"sv,
                                "\xff"sv,
                                "\xef\xbb\xbf"sv,
                                "---\n"sv,
                                "-----BEGIN "sv,
                                "-----END "sv,
                                "-----"sv,
                                "[[[[[[[["sv,
                                "{\"a\":"sv,
                                "}"sv,
                                "]"sv,
                                "\""sv,
                                "\\u0000"sv,
                                "null"sv,
                                "true"sv,
                                "-1"sv,
                                "0"sv,
                                "65536"sv,
                                "2147483648"sv,
                                "9223372036854775808"sv,
                                "18446744073709551616"sv,
                                "1e999"sv,
                                "&a "sv,
                                "*a"sv,
                                "<<: "sv,
                                "!!binary "sv,
                                "{{"sv,
                                "}}"sv,
                                ":"sv,
                                ": "sv,
                                ","sv,
                                ";"sv,
                                "%"sv,
                                "/"sv,
                                ".."sv,
                                "\x30\x80"sv,
                                "\x30\x84\xff\xff\xff\xff"sv,
                                "9999-12-31T23:59:59Z"sv,
                                "0000-00-00"sv,
                                "+26:00"sv,
                                "\xed\xa0\x80"sv};

class Mutation {
 public:
  Mutation(const std::vector<std::string>& inputs, std::uint64_t seed) : inputs_(inputs), random_(seed) {
    text_ = any_input();
  }

  std::string take() {
    for (auto left = 1 + below(6); left > 0; --left)
      step();
    text_.resize(std::min(text_.size(), kLongest));
    return std::move(text_);
  }

 private:
  // Not std::uniform_int_distribution: libraries differ in it.
  std::size_t below(std::size_t end) { return end == 0 ? 0 : static_cast<std::size_t>(random_() % end); }
  const std::string& any_input() { return inputs_[below(inputs_.size())]; }
  std::size_t place() { return below(text_.size() + 1); }
  std::string any_part(const std::string& text) {
    const auto begin = below(text.size() + 1);
    return text.substr(begin, below(text.size() - begin + 1));
  }

  void step() {
    switch (below(8)) {
      case 0:
        if (!text_.empty()) text_[below(text_.size())] ^= static_cast<char>(1u << below(8));
        return;
      case 1:
        if (!text_.empty()) text_[below(text_.size())] = static_cast<char>(below(256));
        return;
      case 2:
        text_.insert(place(), kPieces[below(kPieces.size())]);
        return;
      case 3:
        text_.insert(place(), any_part(any_input()));
        return;
      case 4:
        text_.insert(place(), any_part(text_));
        return;
      case 5:
        text_.erase(place(), below(32));
        return;
      case 6:
        text_.resize(place());
        return;
      default:
        text_.insert(place(), 1 + below(300), static_cast<char>(below(256)));
    }
  }

  const std::vector<std::string>& inputs_;
  std::mt19937_64 random_;
  std::string text_;
};

}  // namespace

std::string mutated(const std::vector<std::string>& inputs, std::uint64_t seed) {
  return Mutation(inputs, seed).take();
}

}  // namespace fuzz
