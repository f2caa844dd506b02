#include <array>
#include <fstream>

#include <nlohmann/json.hpp>

#include "fuzz/holds.h"
#include "fuzz/targets.h"
#include "manifests/manifest_files.h"
#include "manifests/manifest_set.h"
#include "manifests/yaml_to_json.h"
#include "support/temp_folder.h"

namespace fuzz {
namespace {

using namespace certsync;
using namespace certsync::manifests;
using nlohmann::json;
namespace fs = std::filesystem;

void must_come_back(const json& value) {
  const auto ordered = nlohmann::ordered_json(value);
  // What is no UTF-8 is replaced when it is written.
  const auto written = ordered.dump(-1, ' ', false, json::error_handler_t::replace);
  const auto sound = nlohmann::ordered_json::parse(written);
  const auto again = yaml_to_json(to_yaml(sound));
  if (sound.is_null() && again.empty()) return;
  must_hold(again.size() == 1 && again.front().error.empty(),
            "cannot be read again: " + (again.empty() ? "nothing there" : again.front().error));
  must_hold(again.front().value == json(sound), "reads differently when printed: " + written);
}

void yaml(std::string_view text) {
  const auto documents = yaml_to_json(text);
  must_hold(documents.size() <= kMostYamlDocuments + 1, "too many documents");
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  int number = 0;
  for (const auto& document : documents) {
    must_hold(document.number == ++number, "documents are not counted");
    if (!document.error.empty()) {
      must_hold(document.value.is_null(), "a value beside an error");
      must_hold(document.error.starts_with("line ") && document.error.size() < 400, "an odd error: " + document.error);
      continue;
    }
    must_hold(document.line >= 1 && document.line <= lines, "a line that is not there");
    must_come_back(document.value);
  }
  const auto with_secret = "stringData:\n  password: \"" + std::string(kPlanted) + "\"\n" + std::string(text);
  if (text.find(kPlanted) != std::string_view::npos) return;
  for (const auto& document : yaml_to_json(with_secret))
    must_hold(document.error.find(kPlanted) == std::string::npos, "an error tells a value");
}

void manifest(std::string_view text) {
  std::vector<ManifestFile> files;
  files.emplace_back("/m/a.yaml", std::string(text));
  const auto allowed = [](const fs::path&) { return std::string(); };
  const auto first = read_manifests(files, {}, allowed);
  const auto second = read_manifests(files, first, allowed);
  must_hold(first.appliances.size() == second.appliances.size() && first.syncs.size() == second.syncs.size() &&
                first.secrets.size() == second.secrets.size() && first.broken == second.broken,
            "the same file means something else the second time");
  for (const auto& error : first.errors)
    must_hold(!error.message.empty(), "an error without a message");
  for (const auto& [ref, entry] : first.secrets) {
    const auto secret = find_secret(text, ref);
    // A second one of that name, which cannot be decoded, makes the file a broken one.
    const bool told = !secret && first.broken && secret.error().reason == Reason::SecretInvalid;
    must_hold(told || (secret && secret->meta.meta.ref == ref),
              "a Secret is there and is not found: " + model::to_text(ref));
  }
  if (const auto none = find_secret(text, {"default", "absent-from-all"}); !none) must_be_sound(none.error());
}

/// A few names, so that they meet.
std::string name_of(char c) {
  static constexpr std::array<std::string_view, 8> kNames = {"a",      "b",      "c.yaml", "d.json",
                                                             ".e.yml", "..data", "f.txt",  "g.yml"};
  return std::string(kNames[static_cast<unsigned char>(c) % kNames.size()]);
}

fs::path path_of(const fs::path& root, std::string_view word) {
  auto path = root;
  for (const char c : word.substr(0, 6))
    path /= name_of(c);
  return path;
}

// Each line makes one thing: d(ir) path, f(ile) path, l(ink) path path; one character of a path is one name.
void tree(std::string_view text) {
  const support::TempFolder folder;
  const auto root = folder / "m";
  fs::create_directory(root);
  std::error_code ignored;
  for (const auto line : parts(text, 24)) {
    if (line.size() < 3) continue;
    const auto words = line.substr(2);
    const auto path = path_of(root, words.substr(0, words.find(' ')));
    if (path == root) continue;
    const auto other = words.find(' ') == std::string_view::npos ? "" : words.substr(words.find(' ') + 1);
    if (line[0] == 'd') fs::create_directories(path, ignored);
    if (line[0] == 'f') std::ofstream(path) << "kind: Secret\n";
    if (line[0] == 'l') fs::create_symlink(path_of(root, other), path, ignored);
  }
  // A folder to leave out; not the root itself under another name.
  const auto except = fs::is_symlink(root / "a", ignored) ? fs::path() : root / "a";
  const auto listing = list_manifests(root, except);
  must_hold(listing.readable && listing.files.size() <= kMostManifests, "a folder that cannot be read");
  must_hold(listing.folders.contains(root), "the folder itself is not watched");
  for (const auto& file : listing.files) {
    must_hold(file.native().starts_with(root.native() + "/") && file.extension() != ".txt",
              "no manifest: " + file.string());
    must_hold(!file.filename().native().starts_with('.'), "a hidden file: " + file.string());
  }
}

}  // namespace

std::vector<Target> manifest_targets() {
  return {{"yaml", run<yaml>}, {"manifest", run<manifest>}, {"manifest_tree", run<tree>}};
}

}  // namespace fuzz
