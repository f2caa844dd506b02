// Links between the documents lead somewhere: to a file or folder of this repository, and to a heading that it has.
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/places.h"

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string without_code(const std::string& text) {
  static const std::regex kFenced("```[\\s\\S]*?```");
  static const std::regex kQuoted("`[^`\n]*`");
  return std::regex_replace(std::regex_replace(text, kFenced, ""), kQuoted, "");
}

/// As GitHub makes them of a heading.
std::string anchor(const std::string& heading) {
  std::string result;
  for (const char c : heading) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '_' || c == '-') result += static_cast<char>(std::tolower(byte));
    if (c == ' ') result += '-';
  }
  return result;
}

std::set<std::string> anchors_of(const std::string& document) {
  static const std::regex kHeading("(?:^|\n)#+ ([^\n]+)");
  std::set<std::string> anchors;
  for (std::sregex_iterator it(document.begin(), document.end(), kHeading), end; it != end; ++it)
    anchors.insert(anchor((*it)[1]));
  return anchors;
}

std::vector<std::string> links_of(const std::string& document) {
  static const std::regex kLink("\\]\\(([^)\\s]+)\\)");
  std::vector<std::string> links;
  const std::string text = without_code(document);
  for (std::sregex_iterator it(text.begin(), text.end(), kLink), end; it != end; ++it)
    links.push_back((*it)[1]);
  return links;
}

/// Empty = it leads somewhere.
std::string complaint(const fs::path& document, const std::string& link) {
  if (link.starts_with("http://") || link.starts_with("https://")) return "";
  const auto hash = link.find('#');
  const fs::path target = hash == 0 ? document : document.parent_path() / link.substr(0, hash);
  if (!fs::exists(target)) return "there is no " + target.lexically_normal().string();
  if (hash == std::string::npos) return "";
  return anchors_of(text_of(target)).count(link.substr(hash + 1)) == 0 ? "no heading #" + link.substr(hash + 1) : "";
}

std::vector<fs::path> documents() {
  const fs::path top = support::source_tree();
  std::vector<fs::path> found;
  for (const auto* folder : {".", "docs", "deploy", "helm", "controller", "tests"}) {
    const bool only_top = std::string(folder) == ".";
    for (auto it = fs::recursive_directory_iterator(top / folder); it != fs::recursive_directory_iterator(); ++it) {
      if (it->is_directory() && only_top) it.disable_recursion_pending();
      if (it->path().extension() == ".md") found.push_back(it->path());
    }
  }
  return found;
}

TEST(Links, LeadSomewhere) {
  std::string said;
  std::size_t count = 0;
  for (const auto& document : documents()) {
    for (const auto& link : links_of(text_of(document))) {
      ++count;
      const auto what = complaint(document, link);
      if (!what.empty()) said += document.string() + ": (" + link + "): " + what + "\n";
    }
  }

  EXPECT_GT(count, 80u);
  EXPECT_EQ(said, "");
}

TEST(Links, ThatLeadNowhereAreSeen) {
  const fs::path document = support::source_tree() / "docs/reference.md";

  EXPECT_EQ(complaint(document, "metrics.md"), "");
  EXPECT_EQ(complaint(document, "#grants"), "");
  EXPECT_NE(complaint(document, "nowhere.md"), "");
  EXPECT_NE(complaint(document, "metrics.md#nowhere"), "");
}

}  // namespace
