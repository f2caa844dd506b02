// Walks one JSON object member by member, so that a decode function reads like the table of its kind. Problems carry
// the full path of the field; members that nobody asked for are reported as unknown by finish(). A value with a problem
// leaves its target as it was, so targets always hold something sound. Not thread-safe; lives for one decode.
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace certsync::codec {

using Problems = std::vector<std::string>;

/// Says what is wrong with a text ("must be ..."), or nothing. Never quotes it: people paste passwords into odd places.
using TextRule = std::string (*)(std::string_view);

std::string any_text(std::string_view text);
/// RFC 1123 names as Kubernetes takes them for objects: at most 253 characters.
std::string dns_subdomain(std::string_view text);
/// One part of such a name, as for namespaces: at most 63 characters.
std::string dns_label(std::string_view text);
/// "host:port" or "[v6]:port", port 1..65535.
std::string host_and_port(std::string_view text);
/// The key of an entry in a Secret: letters, digits, '-', '_', '.'.
std::string data_key(std::string_view text);

/// A word of a closed list.
template <class E>
struct Choice {
  std::string_view word;
  E value;
};

class Fields {
 public:
  /// Anything but an object (or null, which counts as empty) is a problem.
  Fields(const nlohmann::json& object, std::string path, Problems& problems);

  /// Present and not null.
  bool has(std::string_view name) const;
  /// "spec.bindings[0].role"
  std::string path_of(std::string_view name) const;
  /// Of the member `name`, or of the object itself when `name` is empty.
  void problem(std::string_view name, std::string_view what);

  void text(std::string_view name, std::string& out, TextRule rule = any_text);
  void flag(std::string_view name, bool& out);
  void duration(std::string_view name, std::chrono::milliseconds& out, std::chrono::milliseconds least,
                std::chrono::milliseconds most);
  template <class Int>
  void integer(std::string_view name, Int& out, long long least, long long most) {
    if (auto value = whole_number(name, least, most)) out = static_cast<Int>(*value);
  }
  template <class E>
  void choice(std::string_view name, E& out, std::initializer_list<Choice<E>> choices) {
    std::vector<std::string_view> words;
    for (const auto& choice : choices)
      words.push_back(choice.word);
    const auto word = one_word(name, words);
    for (const auto& choice : choices) {
      if (word && choice.word == *word) out = choice.value;
    }
  }

  void object(std::string_view name, const std::function<void(Fields&)>& read);
  void objects(std::string_view name, std::size_t most, const std::function<void(Fields&)>& read);
  void texts(std::string_view name, std::size_t most, std::vector<std::string>& out, TextRule rule = any_text);
  /// A list in which nothing may stand twice.
  void distinct_texts(std::string_view name, std::size_t most, std::vector<std::string>& out, TextRule rule = any_text);
  void pairs(std::string_view name, std::map<std::string, std::string>& out);
  /// Known, and somebody else's to read.
  void skip(std::string_view name) { known_.emplace(name); }
  /// Reports the members that nobody asked for.
  void finish();

 private:
  const nlohmann::json* find(std::string_view name);
  std::optional<long long> whole_number(std::string_view name, long long least, long long most);
  std::optional<std::string> one_word(std::string_view name, const std::vector<std::string_view>& words);
  const nlohmann::json* find_list(std::string_view name, std::size_t most);

  const nlohmann::json* object_;
  std::string path_;
  Problems& problems_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace certsync::codec
