#include <cctype>

#include "fuzz/holds.h"
#include "fuzz/targets.h"
#include "model/naming.h"

namespace fuzz {
namespace {

using namespace certsync;
using namespace certsync::model;

constexpr std::size_t kNitroLongest = 63;

bool is_alnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// NetScaler's rule for the names of certkeys (errors 1075 and 1106).
bool fits_netscaler(std::string_view name) {
  return !name.empty() && name.size() <= kNitroLongest && (is_alnum(name.front()) || name.front() == '_') &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_alnum(c) || std::string_view("_#. :@=-").find(c) != std::string_view::npos;
         });
}

// The first byte is the limit, then lines: pattern, namespace, secret, name.
void certkey(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::size_t limit = static_cast<unsigned char>(bytes.front());
  const auto words = parts(bytes.substr(1), 4);
  const ObjectRef secret{std::string(words[1]), std::string(words[2])};
  const auto name = certkey_name(words[0], limit, secret, words[3]);
  if (!name) return must_be_sound(name.error());
  must_hold(fits_netscaler(*name), "NetScaler refuses '" + *name + "'");
  const bool filled = words[0].find("{{") != std::string_view::npos;
  must_hold(filled || *name == words[0], "a literal name was changed");
  must_hold(!filled || name->size() <= std::max<std::size_t>(limit, 10), "longer than asked for: " + *name);
  must_hold(certkey_name(words[0], limit, secret, words[3]) == name, "another name the second time");

  // What spec.certKey.maxNameLength may be.
  if (limit < 16 || limit > kNitroLongest) return;
  const auto version = version_name(*name, limit, sha256_hex(bytes));
  must_hold(is_version_name(version, *name, limit), version + " is no version of " + *name);
  must_hold(is_version_name(*name, *name, limit), "a name is no version of itself");
  must_hold(fits_netscaler(version), "NetScaler refuses the version '" + version + "'");
  must_hold(version.size() <= std::max(limit, name->size()), "the version is longer than asked for: " + version);
}

void file(std::string_view path) {
  const auto bare = bare_file_name(path);
  must_hold(bare_file_name(bare) == bare || bare == path, "a bare name is not bare");
  if (const auto mark = parse_file_name(path)) {
    must_hold(file_name(*mark) == bare, "a file name that parses prints differently: " + file_name(*mark));
    must_hold(bare.size() <= 60, "a mark in too long a name");
  }
  const auto owner = owner_mark(path);
  must_hold(owner_mark(owner) == owner, "an owner's mark has another mark");
  const auto digest = sha256_hex(path);
  const ObjectRef resource{owner, std::string(path)};
  for (const auto kind : {FileKind::Certificate, FileKind::Key}) {
    const FileMark mark{owner, resource_mark(resource), content_mark(digest), kind};
    must_hold(parse_file_name(file_name(mark)) == mark, "a mark does not come back");
    must_hold(parse_file_name(std::string(kSslFolder) + "/" + file_name(mark)) == mark, "nor from below its folder");
  }
}

}  // namespace

std::vector<Target> model_targets() {
  return {{"certkey_name", run<certkey>}, {"file_name", run<file>}};
}

}  // namespace fuzz
