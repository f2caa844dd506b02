// The rules of this repository that no compiler sees, as tests that read the tree itself. Each rule is a function from
// a path and a text to complaints; TidyRules shows that each of them can complain.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/places.h"

namespace {

namespace fs = std::filesystem;
using Complaints = std::vector<std::string>;
/// Path from the top of the repository, and what is in the file.
using Rule = std::function<Complaints(const std::string& path, const std::string& text)>;

std::string read(const fs::path& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string read_from_top(const std::string& path) {
  return read(support::source_tree() / path);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

// It says every word that it looks for.
constexpr char kThisFile[] = "tests/tidy/tidy_test.cpp";

std::vector<std::string> files_below(const std::string& folder, const std::set<std::string>& extensions) {
  std::vector<std::string> paths;
  const fs::path top = support::source_tree();
  for (const auto& entry : fs::recursive_directory_iterator(top / folder)) {
    const bool wanted = extensions.empty() || extensions.count(entry.path().extension().string()) != 0;
    const auto path = entry.path().lexically_relative(top).string();
    if (entry.is_regular_file() && wanted && path != kThisFile) paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

const std::set<std::string> kCode = {".h", ".cpp"};

std::string all_complaints(const std::vector<std::string>& paths, const Rule& rule) {
  EXPECT_FALSE(paths.empty());
  std::string said;
  for (const auto& path : paths) {
    for (const auto& complaint : rule(path, read_from_top(path)))
      said += complaint + "\n";
  }
  return said;
}

std::string at(const std::string& path, std::size_t line, const std::string& what) {
  return path + ":" + std::to_string(line) + ": " + what;
}

struct Include {
  std::size_t line = 0;
  std::string target;
  bool quoted = false;

  std::string folder() const { return target.substr(0, target.find('/')); }
};

std::vector<Include> includes_of(const std::string& text) {
  static const std::regex kInclude(R"re(^\s*#\s*include\s*(["<])([^">]+)[">])re");
  std::vector<Include> includes;
  std::size_t number = 0;
  for (const auto& line : lines_of(text)) {
    ++number;
    std::smatch found;
    if (line.find("include") == std::string::npos || !std::regex_search(line, found, kInclude)) continue;
    includes.push_back({number, found[2], found[1] == "\""});
  }
  return includes;
}

/// "plan/diff.cpp" of "controller/plan/diff.cpp".
std::string below_controller(const std::string& path) {
  return path.substr(std::string_view("controller/").size());
}

const std::map<std::string, int>& floors() {
  static const std::map<std::string, int> kFloors = {
      {"base", 0}, {"model", 1},   {"pki", 2},    {"plan", 2},  {"ports", 3},
      {"http", 4}, {"codec", 4},   {"nitro", 5},  {"probe", 5}, {"manifests", 5},
      {"kube", 5}, {"metrics", 5}, {"engine", 5}, {"cli", 6},   {"app", 7},
  };
  return kFloors;
}

bool is_public_of_http(const std::string& target) {
  return target == "http/transport.h" || target == "http/server.h";
}

Complaints looks_up(const std::string& path, const std::string& text) {
  const std::string own_path = below_controller(path);
  const std::string own = own_path.substr(0, own_path.find('/'));
  const auto floor = floors().find(own);
  if (floor == floors().end()) return {path + ": its folder has no floor; name one in tests/tidy"};
  Complaints complaints;
  for (const auto& include : includes_of(text)) {
    if (!include.quoted) continue;
    const auto other = floors().find(include.folder());
    if (other == floors().end()) {
      complaints.push_back(at(path, include.line, "\"" + include.target + "\" is in none of our folders"));
    } else if (other->first != own && other->second >= floor->second) {
      complaints.push_back(at(path, include.line, own + " must not look at " + include.target));
    } else if (own != "http" && other->first == "http" && !is_public_of_http(include.target)) {
      complaints.push_back(at(path, include.line, include.target + " is http's own business"));
    }
  }
  return complaints;
}

struct Home {
  std::string_view library;
  /// Files and folders below controller/ that may name it.
  std::vector<std::string_view> places;
};

// The first row that fits counts. No places = anywhere.
const std::vector<Home>& homes() {
  static const std::vector<Home> kHomes = {
      {"openssl/", {"base/", "pki/", "http/", "probe/", "app/version.cpp", "app/private_memory.cpp"}},
      {"cpprest/", {"http/"}},
      {"pplx/", {"http/"}},
      {"nlohmann/json_fwd.hpp", {"codec/", "nitro/", "manifests/", "kube/"}},
      {"nlohmann/", {"cli/", "codec/", "nitro/", "manifests/", "kube/"}},
      {"yaml-cpp/", {"manifests/", "kube/kubeconfig.cpp", "app/yaml_config.cpp"}},
      {"prometheus/", {"metrics/"}},
      {"CLI/", {"app/"}},
      {"spdlog/", {"base/log.cpp"}},
      {"boost/", {"http/"}},
      {"tl/", {}},
      {"date/", {}},
      {"sys/", {}},
      {"netinet/", {}},
      {"arpa/", {}},
  };
  return kHomes;
}

// http's public headers must not show whose HTTP it is, and json.hpp costs every includer three seconds.
bool is_too_public(const std::string& file, const Include& include) {
  static const std::set<std::string> kOfHttp = {"boost", "cpprest", "pplx", "openssl"};
  if (is_public_of_http(file)) return kOfHttp.count(include.folder()) != 0;
  return file.starts_with("codec/") && file.ends_with(".h") && include.target == "nlohmann/json.hpp";
}

Complaints strays(const std::string& path, const std::string& text) {
  const std::string file = below_controller(path);
  Complaints complaints;
  for (const auto& include : includes_of(text)) {
    if (include.quoted) continue;
    const auto home = std::find_if(homes().begin(), homes().end(),
                                   [&](const Home& one) { return include.target.starts_with(one.library); });
    if (home == homes().end()) {
      // Neither a header of C++ or POSIX nor known here.
      if (include.target.find('/') != std::string::npos) {
        complaints.push_back(at(path, include.line, "<" + include.target + "> has no home; name one in tests/tidy"));
      }
      continue;
    }
    const bool allowed = home->places.empty() || std::any_of(home->places.begin(), home->places.end(),
                                                             [&](auto place) { return file.starts_with(place); });
    if (!allowed || is_too_public(file, include)) {
      complaints.push_back(at(path, include.line, "<" + include.target + "> does not belong here"));
    }
  }
  return complaints;
}

Complaints shares_code_with_client(const std::string& path, const std::string& text) {
  Complaints complaints;
  const bool simulator = path.starts_with("tests/sim/");
  for (const auto& include : includes_of(text)) {
    if (!include.quoted) continue;
    const bool sim = include.folder() == "sim";
    if (simulator ? !sim && include.folder() != "base" : sim) {
      complaints.push_back(at(path, include.line, include.target + " is shared by client and simulator"));
    }
  }
  return complaints;
}

Complaints too_long(const std::string& path, const std::string& text) {
  constexpr std::size_t kMostLines = 500;
  const auto count = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  if (count <= kMostLines) return {};
  return {path + ": " + std::to_string(count) + " lines"};
}

bool is_comment(const std::string& path, const std::string& line) {
  const auto start = line.find_first_not_of(" \t");
  if (start == std::string::npos) return true;
  const bool code = path.ends_with(".h") || path.ends_with(".cpp");
  return code ? line.compare(start, 2, "//") == 0 : line[start] == '#';
}

// Ports below 1024 are names of places here (":443" is refused, not listened on): a test without root cannot take them.
Complaints sleeps_and_fixed_ports(const std::string& path, const std::string& text) {
  static const std::regex kSleep(
      R"((sleep_for|sleep_until|usleep|nanosleep)\b|::sleep\(|(^|[;&|]|do)\s*sleep\s+[0-9.])");
  static const std::regex kPort(R"re(htons\(\s*[1-9]|(127\.0\.0\.1|0\.0\.0\.0|localhost|\[::1?\]):[1-9][0-9]{3})re"
                                R"re(|":[1-9][0-9]{3}"|-port[= ][1-9])re");
  Complaints complaints;
  std::size_t number = 0;
  for (const auto& line : lines_of(text)) {
    ++number;
    if (is_comment(path, line)) continue;
    if (line.find("sleep") != std::string::npos && std::regex_search(line, kSleep)) {
      complaints.push_back(at(path, number, "sleeps; wait for what is to happen"));
    }
    const bool maybe = line.find(':') != std::string::npos || line.find("port") != std::string::npos ||
                       line.find("htons") != std::string::npos;
    if (maybe && std::regex_search(line, kPort)) complaints.push_back(at(path, number, "a fixed port; take port 0"));
  }
  return complaints;
}

Complaints unfinished(const std::string& path, const std::string& text) {
  static const std::array<std::string, 3> kWords = {"TODO", "FIXME", "XXX"};
  const auto is_letter = [&](std::size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0 || text[i] == '_');
  };
  Complaints complaints;
  for (const auto& word : kWords) {
    for (auto found = text.find(word); found != std::string::npos; found = text.find(word, found + 1)) {
      const bool whole = (found == 0 || !is_letter(found - 1)) && !is_letter(found + word.size());
      const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(found), '\n') + 1;
      if (whole) complaints.push_back(at(path, static_cast<std::size_t>(line), word));
    }
  }
  return complaints;
}

// --- documents against code -----------------------------------------------------------------------------------------

using Names = std::vector<std::string>;

Names all_matches(const std::string& text, const std::regex& pattern) {
  Names names;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it)
    names.push_back((*it)[1]);
  return names;
}

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const auto start = text.find(from);
  if (start == std::string::npos) return "";
  const auto end = text.find(to, start + from.size());
  return text.substr(start, end == std::string::npos ? end : end - start);
}

/// Of a document: from "## title" to the next heading of that rank.
std::string section(const std::string& document, const std::string& title) {
  const std::string text = between("\n" + document + "\n## ", "\n## " + title + "\n", "\n## ");
  EXPECT_FALSE(text.empty()) << "no section " << title;
  return text;
}

/// First cells of table rows: | `this` | … |
Names rows(const std::string& text) {
  static const std::regex kRow("\n\\| `([^`]+)` \\|");
  return all_matches("\n" + text, kRow);
}

std::set<std::string> as_set(const Names& names) {
  return {names.begin(), names.end()};
}

std::string differences(const std::set<std::string>& code, const std::set<std::string>& document) {
  std::string said;
  for (const auto& name : code)
    said += document.count(name) == 0 ? "not in the document: " + name + "\n" : "";
  for (const auto& name : document)
    said += code.count(name) == 0 ? "not in the code: " + name + "\n" : "";
  return said;
}

/// "name{label, label}" of each series.
std::set<std::string> series_in_code(const std::string& text) {
  static const std::regex kSeries("\"([a-z_]+)\",\\s*\"[^\"]*\",\\s*\\{([^}]*)\\}");
  std::set<std::string> series;
  for (std::sregex_iterator it(text.begin(), text.end(), kSeries), end; it != end; ++it) {
    std::string labels = (*it)[2];
    labels.erase(std::remove(labels.begin(), labels.end(), '"'), labels.end());
    series.insert((*it)[1].str() + "{" + labels + "}");
  }
  return series;
}

/// The same of rows | `name` | type | `label`, `label` | meaning |
std::set<std::string> series_in_document(const std::string& text) {
  static const std::regex kSeries("\n\\| `([a-z_]+)` \\| [a-z]+ \\| ([^|]*) \\|");
  std::set<std::string> series;
  for (std::sregex_iterator it(text.begin(), text.end(), kSeries), end; it != end; ++it) {
    std::string labels = (*it)[2];
    std::erase_if(labels, [](char c) { return c == '`' || c == '-'; });
    series.insert((*it)[1].str() + "{" + labels + "}");
  }
  return series;
}

/// Names that the codec asks a Fields for.
std::set<std::string> fields_in_code(const std::string& text) {
  static const std::regex kRead(
      R"re((?:\.(?:text|flag|duration|integer|choice|only|later|objects?|(?:distinct_)?texts|pairs|skip|has)(?:<[^(]*>)?\(\s*|)re"
      R"re(decode_selector\(\w+, )"(\w+)")re");
  return as_set(all_matches(text, kRead));
}

std::string function(const std::string& text, const std::string& head) {
  const auto body = between(text, head, "\n}\n");
  EXPECT_FALSE(body.empty()) << "no function " << head;
  return body;
}

/// Every part of the paths in the first column: spec.bindings[].role gives bindings and role.
std::set<std::string> fields_in_document(const std::string& text) {
  static const std::regex kPart(R"((\w+)(?:\[\])?)");
  std::set<std::string> names;
  for (const auto& path : rows(text))
    names.merge(as_set(all_matches(path, kPart)));
  names.erase("spec");
  return names;
}

// --- the tree itself ------------------------------------------------------------------------------------------------

TEST(Tidy, IncludesOnlyLookDown) {
  EXPECT_EQ(all_complaints(files_below("controller", kCode), looks_up), "");
}

TEST(Tidy, ThirdPartiesStayAtHome) {
  EXPECT_EQ(all_complaints(files_below("controller", kCode), strays), "");
}

TEST(Tidy, SimulatorSharesNoCodeWithTheClient) {
  EXPECT_EQ(all_complaints(files_below("tests/sim", kCode), shares_code_with_client), "");
  EXPECT_EQ(all_complaints(files_below("controller", kCode), shares_code_with_client), "");
}

TEST(Tidy, FilesAreShort) {
  EXPECT_EQ(all_complaints(files_below("controller", {}), too_long), "");
  EXPECT_EQ(all_complaints(files_below("tests", {}), too_long), "");
}

TEST(Tidy, NoSleepsAndFixedPortsInTests) {
  EXPECT_EQ(all_complaints(files_below("tests", {".h", ".cpp", ".sh", ".yaml"}), sleeps_and_fixed_ports), "");
}

TEST(Tidy, NoTodo) {
  for (const auto* folder : {"controller", "tests", "docs"})
    EXPECT_EQ(all_complaints(files_below(folder, {}), unfinished), "");
  EXPECT_EQ(all_complaints({"dev", "CMakeLists.txt", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"}, unfinished),
            "");
}

TEST(Tidy, EveryReasonIsDocumented) {
  static const std::regex kWord("\n  (\\w+),");
  const auto code = all_matches(between(read_from_top("controller/base/reason.h"), "enum class Reason {", "};"), kWord);

  EXPECT_GT(code.size(), 30u);
  EXPECT_EQ(rows(section(read_from_top("docs/reasons.md"), "Reasons")), code);
}

TEST(Tidy, EveryEventIsDocumented) {
  static const std::regex kSaid(
      R"re((?:notice\(\w+, |notices\.push_back\(\s*\{[^";]*)"(\w+)"|"(\w+)",\s*"(?:Delete|Deploy|Observe|Save|Verify)",)re");
  std::set<std::string> code;
  for (const auto* folder : {"controller/plan", "controller/engine"}) {
    for (const auto& path : files_below(folder, {".cpp"})) {
      const auto text = read_from_top(path);
      for (std::sregex_iterator it(text.begin(), text.end(), kSaid), end; it != end; ++it)
        code.insert((*it)[1].matched ? (*it)[1] : (*it)[2]);
    }
  }

  EXPECT_GT(code.size(), 8u);
  static const std::regex kRow("\n\\| `(\\w+)`");
  EXPECT_EQ(differences(code, as_set(all_matches(section(read_from_top("docs/reasons.md"), "Events only"), kRow))), "");
}

TEST(Tidy, EveryMetricIsDocumented) {
  const auto code = series_in_code(read_from_top("controller/metrics/names.h"));

  EXPECT_GT(code.size(), 30u);
  EXPECT_EQ(differences(code, series_in_document(read_from_top("docs/metrics.md"))), "");
}

TEST(Tidy, EveryFlagIsDocumented) {
  static const std::regex kOption(R"re(\b(?:option|add_flag|set_config)\("(?:--)?([a-z-]+)")re");
  std::set<std::string> code;
  for (const auto& name : all_matches(read_from_top("controller/app/flags.cpp"), kOption))
    code.insert("--" + name);

  EXPECT_GT(code.size(), 10u);
  auto documented = as_set(rows(section(read_from_top("docs/reference.md"), "certsync run")));
  documented.merge(as_set(rows(read_from_top("docs/commands.md"))));
  // The other tables there are no flags.
  std::erase_if(documented, [](const std::string& row) { return !row.starts_with("--"); });
  EXPECT_EQ(differences(code, documented), "");
}

TEST(Tidy, EveryFieldIsDocumented) {
  const auto document = read_from_top("docs/reference.md");
  const auto parts = read_from_top("controller/codec/parts.cpp");
  const auto windows =
      function(parts, "void read_window(") + function(parts, "model::DeployWindows decode_deploy_windows(");
  const std::map<std::string, std::string> readers = {
      {"NetScalerAppliance", read_from_top("controller/codec/appliance_json.cpp") + windows},
      {"NetScalerCertSync", read_from_top("controller/codec/cert_sync_json.cpp") + windows},
      {"Label selectors", function(parts, "void read_requirement(") +
                              function(parts, "std::optional<model::LabelSelector> decode_selector(")},
  };
  for (const auto& [title, code] : readers) {
    const auto known = fields_in_code(code);
    EXPECT_GE(known.size(), 5u) << title;
    EXPECT_EQ(differences(known, fields_in_document(section(document, title))), "") << title;
  }
}

TEST(Tidy, EveryStatusFieldIsDocumented) {
  static const std::regex kWritten(R"re((?:put(?:_each)?\(out, |\[)"(\w+)")re");
  const auto code = as_set(all_matches(read_from_top("controller/codec/status_json.cpp"), kWritten));

  EXPECT_GT(code.size(), 20u);
  EXPECT_EQ(differences(code, fields_in_document(section(read_from_top("docs/reference.md"), "Status"))), "");
}

// --- the rules themselves -------------------------------------------------------------------------------------------

struct Offence {
  const char* name;
  Rule rule;
  const char* path;
  std::string text;
  std::size_t complaints;
};

class TidyRules : public testing::TestWithParam<Offence> {};

TEST_P(TidyRules, AreSeen) {
  const auto complaints = GetParam().rule(GetParam().path, GetParam().text);
  EXPECT_EQ(complaints.size(), GetParam().complaints) << testing::PrintToString(complaints);
}

INSTANTIATE_TEST_SUITE_P(
    Each, TidyRules,
    testing::Values(
        Offence{"Down", looks_up, "controller/plan/a.cpp", "#include \"model/object.h\"\n#include \"plan/b.h\"\n", 0},
        Offence{"Up", looks_up, "controller/plan/a.cpp", "#include \"nitro/wire.h\"\n", 1},
        Offence{"Neighbour", looks_up, "controller/plan/a.cpp", "#include \"pki/x509.h\"\n", 1},
        Offence{"OutsideHttp", looks_up, "controller/nitro/a.cpp", "#include \"http/exchange.h\"\n", 1},
        Offence{"NoFolder", looks_up, "controller/plan/a.cpp", "  # include \"b.h\"\n", 1},
        Offence{"NewFolder", looks_up, "controller/attic/a.cpp", "", 1},
        Offence{"AtHome", strays, "controller/http/a.cpp", "#include <cpprest/http_client.h>\n#include <map>\n", 0},
        Offence{"Astray", strays, "controller/nitro/a.cpp", "#include <cpprest/http_client.h>\n", 1},
        Offence{"TooPublic", strays, "controller/http/transport.h", "#include <pplx/pplxtasks.h>\n", 1},
        Offence{"HeavyHeader", strays, "controller/codec/a.h", "#include <nlohmann/json.hpp>\n", 1},
        Offence{"Homeless", strays, "controller/nitro/a.cpp", "#include <curl/curl.h>\n", 1},
        Offence{"ClientInSimulator", shares_code_with_client, "tests/sim/a.cpp", "#include \"nitro/wire.h\"\n", 1},
        Offence{"SimulatorInClient", shares_code_with_client, "controller/nitro/a.cpp", "#include \"sim/net.h\"\n", 1},
        Offence{"Short", too_long, "controller/plan/a.cpp", std::string(500, '\n'), 0},
        Offence{"Long", too_long, "controller/plan/a.cpp", std::string(501, '\n'), 1},
        Offence{"Sleep", sleeps_and_fixed_ports, "tests/a.cpp", "std::this_thread::sleep_for(1s);\n", 1},
        Offence{"ShellSleep", sleeps_and_fixed_ports, "tests/a.sh", "  sleep 1\n", 1},
        Offence{"Sleeper", sleeps_and_fixed_ports, "tests/a.cpp", "sleeper.sleep(1s, {});  // 127.0.0.1:0\n", 0},
        Offence{"FixedPort", sleeps_and_fixed_ports, "tests/a.cpp", "start(\"127.0.0.1:8080\");\n", 1},
        Offence{"FixedPortOnly", sleeps_and_fixed_ports, "tests/a.cpp", "start(\":8080\");\n", 1},
        Offence{"Unfinished", unfinished, "dev", "// TODO: later\nmktemp XXXXXX\n", 1}),
    [](const auto& offence) { return offence.param.name; });

}  // namespace
