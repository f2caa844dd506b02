#include "codec/fields.h"

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

#include "base/time_text.h"

namespace certsync::codec {
namespace {

using nlohmann::json;

// A file of nonsense must not become a status of megabytes.
constexpr std::size_t kMostProblems = 50;
constexpr std::size_t kLongestQuote = 60;
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kLongestName = 253;
constexpr int kHighestPort = 65535;

bool is_lower_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

/// `, not "foo"`, or nothing when the text is too odd to be shown.
std::string not_this(const json& value) {
  if (!value.is_string() && !value.is_number() && !value.is_boolean()) return "";
  if (value.is_string() && !is_printable(value.get_ref<const std::string&>())) return "";
  const auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() > kLongestQuote ? "" : ", not " + text;
}

/// Names come from the file as they are; control characters in them must not reach a log line.
std::string shown(std::string_view name) {
  std::string text(name.substr(0, kLongestQuote));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  return text;
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

bool is_empty(const json& value) {
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  if (value.is_object()) {
    return std::all_of(value.begin(), value.end(), [](const json& member) { return is_empty(member); });
  }
  return value.is_null() || (value.is_array() && value.empty());
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= kLongestLabel && is_lower_alnum(text.front()) && is_lower_alnum(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_lower_alnum(c) || c == '-'; });
}

}  // namespace

std::string any_text(std::string_view) {
  return "";
}

std::string dns_label(std::string_view text) {
  return is_label(text) ? "" : "must be lower-case letters, digits and '-', at most 63 characters";
}

std::string dns_subdomain(std::string_view text) {
  std::string wrong = "must be a name of lower-case letters, digits, '-' and '.', at most 253 characters";
  if (text.empty() || text.size() > kLongestName || !is_lower_alnum(text.front()) || !is_lower_alnum(text.back())) {
    return wrong;
  }
  char before = 'a';
  for (char c : text) {
    if (!is_lower_alnum(c) && c != '-' && c != '.') return wrong;
    // Each part between the dots begins and ends with a letter or digit.
    if ((c == '.' && !is_lower_alnum(before)) || (before == '.' && !is_lower_alnum(c))) return wrong;
    before = c;
  }
  return "";
}

std::string host_and_port(std::string_view text) {
  std::string wrong = "must be host:port with a port from 1 to 65535";
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto allowed = [bracketed](char c) {
    if (bracketed) return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.';
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
  };
  if (host.empty() || host.size() > kLongestName || !std::all_of(host.begin(), host.end(), allowed)) return wrong;
  if (port.empty() || port.size() > 5) return wrong;
  int number = 0;
  for (char c : port) {
    if (c < '0' || c > '9') return wrong;
    number = number * 10 + (c - '0');
  }
  return number >= 1 && number <= kHighestPort ? "" : wrong;
}

std::string data_key(std::string_view text) {
  const bool fine = !text.empty() && text.size() <= kLongestName && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  });
  return fine ? "" : "must be a key of a Secret: letters, digits, '-', '_' and '.'";
}

Fields::Fields(const json& object, std::string path, Problems& problems)
    : object_(&object), path_(std::move(path)), problems_(problems) {
  if (object.is_object()) return;
  object_ = nullptr;
  if (!object.is_null()) problem("", "must be an object");
}

bool Fields::has(std::string_view name) const {
  if (object_ == nullptr) return false;
  const auto found = object_->find(name);
  return found != object_->end() && !found->is_null();
}

std::string Fields::path_of(std::string_view name) const {
  if (path_.empty() || name.empty()) return path_ + std::string(name);
  return path_ + "." + std::string(name);
}

void Fields::problem(std::string_view name, std::string_view what) {
  if (problems_.size() >= kMostProblems) return;
  problems_.push_back(path_of(name) + ": " + std::string(what));
}

const json* Fields::find(std::string_view name) {
  known_.emplace(name);
  return has(name) ? &*object_->find(name) : nullptr;
}

void Fields::text(std::string_view name, std::string& out, TextRule rule) {
  const json* value = find(name);
  if (value == nullptr) return;
  if (!value->is_string()) return problem(name, "must be text" + not_this(*value));
  const auto& text = value->get_ref<const std::string&>();
  if (const auto wrong = rule(text); !wrong.empty()) return problem(name, wrong);
  out = text;
}

void Fields::flag(std::string_view name, bool& out) {
  const json* value = find(name);
  if (value == nullptr) return;
  if (!value->is_boolean()) return problem(name, "must be true or false" + not_this(*value));
  out = value->get<bool>();
}

void Fields::duration(std::string_view name, std::chrono::milliseconds& out, std::chrono::milliseconds least,
                      std::chrono::milliseconds most) {
  const json* value = find(name);
  if (value == nullptr) return;
  const auto parsed = value->is_string() ? parse_duration(value->get_ref<const std::string&>()) : std::nullopt;
  if (!parsed) return problem(name, "must be a duration such as 30s or 1h30m" + not_this(*value));
  if (*parsed < least || *parsed > most) {
    return problem(name,
                   "must be from " + to_duration_text(least) + " to " + to_duration_text(most) + not_this(*value));
  }
  out = *parsed;
}

std::optional<long long> Fields::whole_number(std::string_view name, long long least, long long most) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  // nlohmann turns an unsigned number beyond the signed range into a negative one when asked for a signed one.
  const bool fits = value->is_number_unsigned() ? value->get<std::uint64_t>() <=
                                                      static_cast<std::uint64_t>(std::numeric_limits<long long>::max())
                                                : value->is_number_integer();
  if (fits && value->get<long long>() >= least && value->get<long long>() <= most) return value->get<long long>();
  problem(name,
          "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) + not_this(*value));
  return std::nullopt;
}

std::optional<std::string> Fields::one_word(std::string_view name, const std::vector<std::string_view>& words) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto is = [value](std::string_view word) {
    return value->is_string() && value->get_ref<const std::string&>() == word;
  };
  if (std::any_of(words.begin(), words.end(), is)) return value->get<std::string>();
  problem(name, "must be " + joined(words) + not_this(*value));
  return std::nullopt;
}

void Fields::object(std::string_view name, const std::function<void(Fields&)>& read) {
  const json* value = find(name);
  if (value == nullptr) return;
  Fields inner(*value, path_of(name), problems_);
  if (!value->is_object()) return;
  read(inner);
  inner.finish();
}

const json* Fields::find_list(std::string_view name, std::size_t most) {
  const json* value = find(name);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) {
    problem(name, "must be a list");
  } else if (value->size() > most) {
    problem(name, "must have at most " + std::to_string(most) + " entries, not " + std::to_string(value->size()));
  } else {
    return value;
  }
  return nullptr;
}

void Fields::objects(std::string_view name, std::size_t most, const std::function<void(Fields&)>& read) {
  const json* list = find_list(name, most);
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto path = path_of(name) + "[" + std::to_string(i) + "]";
    // An entry, unlike a member, cannot be absent.
    if (!(*list)[i].is_object()) {
      problem(std::string(name) + "[" + std::to_string(i) + "]", "must be an object");
      continue;
    }
    Fields inner((*list)[i], path, problems_);
    read(inner);
    inner.finish();
  }
}

void Fields::texts(std::string_view name, std::size_t most, std::vector<std::string>& out, TextRule rule) {
  const json* list = find_list(name, most);
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto item = std::string(name) + "[" + std::to_string(i) + "]";
    if (!(*list)[i].is_string()) {
      problem(item, "must be text" + not_this((*list)[i]));
    } else if (const auto wrong = rule((*list)[i].get_ref<const std::string&>()); !wrong.empty()) {
      problem(item, wrong);
    } else {
      out.push_back((*list)[i].get<std::string>());
    }
  }
}

void Fields::distinct_texts(std::string_view name, std::size_t most, std::vector<std::string>& out, TextRule rule) {
  texts(name, most, out, rule);
  const std::set<std::string_view> known(out.begin(), out.end());
  if (known.size() != out.size()) problem(name, "must not have the same entry twice");
}

void Fields::pairs(std::string_view name, std::map<std::string, std::string>& out) {
  const json* value = find(name);
  if (value == nullptr) return;
  if (!value->is_object()) return problem(name, "must be an object of texts");
  for (const auto& [key, text] : value->items()) {
    if (text.is_string()) {
      out[key] = text.get<std::string>();
    } else {
      problem(std::string(name) + "." + shown(key), "must be text" + not_this(text));
    }
  }
}

void Fields::finish() {
  if (object_ == nullptr) return;
  for (const auto& [name, value] : object_->items()) {
    if (known_.find(name) == known_.end()) problem(shown(name), "unknown field");
  }
}

}  // namespace certsync::codec
