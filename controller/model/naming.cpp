#include "model/naming.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/encoding.h"

namespace certsync::model {
namespace {

constexpr std::size_t kResourceDigits = 16;
constexpr std::size_t kContentDigits = 24;
constexpr std::size_t kOwnerLongest = 12;
constexpr std::size_t kNameLongest = 63;
constexpr std::size_t kDigestSuffix = 9;  // '-' and eight hex digits

bool is_alnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool is_owner(std::string_view text) {
  return !text.empty() && text.size() <= kOwnerLongest &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool strip_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool first_allowed(char c) {
  return is_alnum(c) || c == '_';
}

// NetScaler's own set is wider; a literal name may use all of it, a template's result stays in the plain part.
bool literal_allowed(char c) {
  return is_alnum(c) || std::string_view("_#. :@=-").find(c) != std::string_view::npos;
}

Result<std::string> check_literal(std::string_view name) {
  if (name.empty()) return fail(ErrorKind::Stalled, Reason::SpecInvalid, "spec.certKey.name: is empty");
  if (name.size() > kNameLongest) {
    return fail(ErrorKind::Stalled, Reason::NameRefused,
                "spec.certKey.name: " + std::to_string(name.size()) + " characters, NetScaler takes 63 at most");
  }
  if (!first_allowed(name.front()) || !std::all_of(name.begin(), name.end(), literal_allowed)) {
    return fail(ErrorKind::Stalled, Reason::NameRefused,
                "spec.certKey.name: '" + std::string(name) +
                    "' must begin with a letter, digit or _ and hold only letters, digits, blanks and _ # . : @ = -");
  }
  return std::string(name);
}

Result<std::string> fill(std::string_view pattern, const ObjectRef& secret, std::string_view resource_name) {
  std::string out;
  while (!pattern.empty()) {
    const auto open = pattern.find("{{");
    out += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = pattern.find("}}", open);
    const auto key =
        close == std::string_view::npos ? std::string_view{} : trim(pattern.substr(open + 2, close - open - 2));
    if (key == "namespace") {
      out += secret.space;
    } else if (key == "secret") {
      out += secret.name;
    } else if (key == "name") {
      out += resource_name;
    } else {
      return fail(ErrorKind::Stalled, Reason::SpecInvalid,
                  "spec.certKey.name: only {{namespace}}, {{secret}} and {{name}} can be filled in");
    }
    pattern.remove_prefix(close + 2);
  }
  return out;
}

}  // namespace

std::string owner_mark(std::string_view owner_id) {
  return is_owner(owner_id) ? std::string(owner_id) : sha256_hex(owner_id).substr(0, kOwnerLongest);
}

std::string resource_mark(const ObjectRef& resource) {
  return sha256_hex(resource.space + "/" + resource.name).substr(0, kResourceDigits);
}

std::string content_mark(std::string_view sha256_hex) {
  return std::string(sha256_hex.substr(0, kContentDigits));
}

std::string file_name(const FileMark& mark) {
  return "cs-" + mark.owner + "-" + mark.resource + mark.content +
         (mark.kind == FileKind::Certificate ? ".pem" : ".key");
}

std::string bare_file_name(std::string_view path) {
  std::string_view rest = path;
  for (std::string_view folder : {"/flash/nsconfig/ssl/", "/nsconfig/ssl/"}) {
    if (!strip_prefix(rest, folder)) continue;
    while (strip_prefix(rest, "/")) {
    }
    return std::string(rest.find('/') == std::string_view::npos ? rest : path);
  }
  return std::string(path);
}

std::optional<FileMark> parse_file_name(std::string_view path) {
  const std::string bare = bare_file_name(path);
  std::string_view name = bare;
  if (!strip_prefix(name, "cs-")) return std::nullopt;
  FileMark mark;
  if (name.ends_with(".pem")) {
    mark.kind = FileKind::Certificate;
  } else if (name.ends_with(".key")) {
    mark.kind = FileKind::Key;
  } else {
    return std::nullopt;
  }
  name.remove_suffix(4);
  constexpr std::size_t kDigits = kResourceDigits + kContentDigits;
  if (name.size() < kDigits + 2 || !is_hex(name.substr(name.size() - kDigits))) return std::nullopt;
  mark.content = name.substr(name.size() - kContentDigits);
  mark.resource = name.substr(name.size() - kDigits, kResourceDigits);
  name.remove_suffix(kDigits);
  if (!name.ends_with('-')) return std::nullopt;
  name.remove_suffix(1);
  if (!is_owner(name)) return std::nullopt;
  mark.owner = name;
  return mark;
}

std::string intermediate_name(std::string_view sha256_hex) {
  return std::string(kIntermediatePrefix) + content_mark(sha256_hex);
}

Result<std::string> certkey_name(std::string_view pattern, std::size_t max_length, const ObjectRef& secret,
                                 std::string_view resource_name) {
  if (pattern.find("{{") == std::string_view::npos) return check_literal(pattern);
  auto name = fill(pattern, secret, resource_name);
  if (!name) return name;
  for (char& c : *name) {
    if (!is_alnum(c) && c != '_' && c != '.' && c != '-') c = '-';
  }
  if (name->empty() || !first_allowed(name->front())) name->insert(name->begin(), '_');
  const std::size_t limit = std::clamp(max_length, kDigestSuffix + 1, kNameLongest);
  if (name->size() <= limit) return name;
  return name->substr(0, limit - kDigestSuffix) + "-" + sha256_hex(*name).substr(0, kDigestSuffix - 1);
}

std::string version_name(std::string_view base, std::size_t max_length, std::string_view sha256_hex) {
  const std::size_t limit = std::max(max_length, base.size());
  return std::string(base.substr(0, limit - kDigestSuffix)) + "_" +
         std::string(sha256_hex.substr(0, kDigestSuffix - 1));
}

bool is_version_name(std::string_view name, std::string_view base, std::size_t max_length) {
  if (name == base) return true;
  if (name.size() <= kDigestSuffix) return false;
  const auto digits = name.substr(name.size() - kDigestSuffix + 1);
  return is_hex(digits) && name == version_name(base, max_length, digits);
}

}  // namespace certsync::model
