#include "manifests/yaml_to_json.h"

#include <gtest/gtest.h>

namespace certsync::manifests {
namespace {

/// One line a document: its number and its JSON, or its error.
std::string shown(std::string_view text) {
  std::string out;
  for (const auto& document : yaml_to_json(text)) {
    out += std::to_string(document.number) + " ";
    out += document.error.empty() ? document.value.dump() : "error " + document.error;
    out += "\n";
  }
  return out;
}

TEST(YamlToJson, ScalarsFollowTheCoreSchema) {
  EXPECT_EQ(
      shown("[true, False, yes, on, null, ~, 1, -2, +3, 0644, 0x1F, 0o17, 1.5, .5, 1e3, 1.2.3, 0x, -, .inf]"),
      "1 [true,false,\"yes\",\"on\",null,null,1,-2,3,644,31,15,1.5,0.5,1000.0,\"1.2.3\",\"0x\",\"-\",\".inf\"]\n");
}

TEST(YamlToJson, QuotedIsText) {
  EXPECT_EQ(shown("[\"true\", '1', !!str 2, \"null\", ! x]"), "1 [\"true\",\"1\",\"2\",\"null\",\"x\"]\n");
}

TEST(YamlToJson, NumbersBeyondTheWholeOnesAreFractions) {
  EXPECT_EQ(shown("[18446744073709551615, 18446744073709551616, 1e999]"),
            "1 [18446744073709551615,1.8446744073709552e+19,\"1e999\"]\n");
}

TEST(YamlToJson, KeysAreText) {
  EXPECT_EQ(shown("1: a\ntrue: b\n'x y': c\n"), "1 {\"1\":\"a\",\"true\":\"b\",\"x y\":\"c\"}\n");
  EXPECT_EQ(shown("? [a]\n: b\n"), "1 error line 1: a key must be text; or is a bracket not closed?\n");
}

TEST(YamlToJson, BlockScalarsKeepTheirLines) {
  EXPECT_EQ(shown("a: |\n  -----BEGIN X-----\n  --- no marker\n  end\nb: >-\n  one\n  two\n"),
            "1 {\"a\":\"-----BEGIN X-----\\n--- no marker\\nend\\n\",\"b\":\"one two\"}\n");
}

TEST(YamlToJson, JsonIsYaml) {
  EXPECT_EQ(shown("{\n\t\"a\":1,\"b\":[true,null,\"x\\u00e9\\/\"],\n\t\"c\":{}\n}\n"),
            "1 {\"a\":1,\"b\":[true,null,\"xé/\"],\"c\":{}}\n");
}

TEST(YamlToJson, DocumentsAreSplitAtMarkers) {
  EXPECT_EQ(shown("# licence\n---\na: 1\n--- {b: 2}\n---\n# nothing\n---\r\nc: 3\r\n...\nd: 4\n"),
            "1 {\"a\":1}\n2 {\"b\":2}\n3 {\"c\":3}\n4 {\"d\":4}\n");
  EXPECT_EQ(shown("\xEF\xBB\xBF---\na: 1\n"), "1 {\"a\":1}\n");
  EXPECT_EQ(shown(""), "");
  EXPECT_EQ(shown("%YAML 1.2\n---\na: 1\n"), "1 {\"a\":1}\n");
}

TEST(YamlToJson, AnErrorHidesNoOtherDocument) {
  EXPECT_EQ(shown("a: 1\n---\nb: [1, 2\n---\nc: 3\n"),
            "1 {\"a\":1}\n2 error line 4: end of sequence flow not found\n3 {\"c\":3}\n");
}

TEST(YamlToJson, TextBehindTheEndIsAnError) {
  EXPECT_EQ(shown("{a: 1} {b: 2}"), "1 error line 1: something stands behind the end of the document\n");
}

TEST(YamlToJson, SameKeyTwiceIsAnError) {
  EXPECT_EQ(shown("a: 1\nspec:\n  b: 1\n  b: 2\n"), "1 error line 4: the key 'b' is there twice\n");
  EXPECT_EQ(shown("{\"a\": 1, \"a\": 2}"), "1 error line 1: the key 'a' is there twice\n");
}

TEST(YamlToJson, AliasesAndMergeKeysAreFollowed) {
  EXPECT_EQ(shown("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nlist: [*b]\n"),
            "1 {\"base\":{\"x\":1,\"y\":2},\"list\":[{\"x\":1,\"y\":2}],\"use\":{\"x\":1,\"y\":3}}\n");
  EXPECT_EQ(shown("<<: [{a: 1}, {a: 2, b: 3}]\n"), "1 {\"a\":1,\"b\":3}\n");
  EXPECT_EQ(shown("\"<<\": 1\n"), "1 {\"<<\":1}\n");
  EXPECT_EQ(shown("<<: 1\n"), "1 error line 1: << takes a map or a list of maps\n");
}

TEST(YamlToJson, AnAliasInsideItsAnchorIsAnError) {
  EXPECT_EQ(shown("a: &x [1, *x]\n"), "1 error line 1: an alias stands inside what it refers to\n");
}

TEST(YamlToJson, AnAliasBombIsBounded) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k)
      bomb += (k > 0 ? "," : "") + before;
    bomb += "]\n";
  }

  EXPECT_EQ(shown(bomb), "1 error line 6: more than 200000 values: too large, or aliases that multiply\n");
}

TEST(YamlToJson, DepthIsBounded) {
  EXPECT_EQ(shown(std::string(64, '[') + std::string(64, ']')).substr(0, 4), "1 [[");
  EXPECT_EQ(shown(std::string(65, '[') + std::string(65, ']')), "1 error line 1: nested too deeply\n");
  EXPECT_NE(shown(std::string(100'000, '[')).find("error"), std::string::npos);
  // Each link is small; the chain of them is deep.
  std::string chain = "a0: &a0 [x]\n";
  for (int i = 1; i < 70; ++i) {
    chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_EQ(shown(chain), "1 error line 64: nested too deeply\n");
}

TEST(YamlToJson, BinaryIsRefused) {
  EXPECT_EQ(shown(std::string_view("a: b\0c", 6)), "1 error line 1: not a text file in UTF-8\n");
  EXPECT_EQ(shown("a: !!binary YWJj"), "1 error line 1: this tag is not known here\n");
}

TEST(YamlToJson, DocumentsOfOneFileAreBounded) {
  std::string many;
  for (int i = 0; i < 10'001; ++i)
    many += "---\na: 1\n";

  const auto documents = yaml_to_json(many);

  EXPECT_EQ(documents.size(), 10'001U);
  EXPECT_EQ(documents.back().error, "line 20001: more than 10000 documents in one file");
}

TEST(ToYaml, LooksLikeAPersonWroteIt) {
  const auto value = nlohmann::ordered_json::parse(R"({
    "kind": "X", "name": "true", "n": 3, "empty": {}, "none": [], "text": "a: b\n", "when": "2026-01-01T00:00:00Z",
    "list": ["a", {"b": 1, "c": {"d": null}}, ["e"]]})");

  EXPECT_EQ(to_yaml(value),
            "kind: X\n"
            "name: \"true\"\n"
            "\"n\": 3\n"
            "empty: {}\n"
            "none: []\n"
            "text: \"a: b\\n\"\n"
            "when: \"2026-01-01T00:00:00Z\"\n"
            "list:\n"
            "  - a\n"
            "  - b: 1\n"
            "    c:\n"
            "      d: null\n"
            "  -\n"
            "    - e\n");
}

TEST(ToYaml, ReadsBackTheSame) {
  const auto value = nlohmann::ordered_json::parse(R"({
    "a": ["1", "0x1", "yes", "null", "~", "", " x ", "é\u0001\"\\", "---", "- a", "#c", "1e3", ".5", -1, 1.5, true],
    "": {"<<": 1, "x: y": [[], {}, [[1]]]}, "pem": "-----BEGIN-----\nabc\n-----END-----\n"})");

  const auto documents = yaml_to_json(to_yaml(value));

  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].error, "");
  EXPECT_EQ(documents[0].value, nlohmann::json::parse(value.dump()));
}

TEST(ToYaml, ALongKeyIsMarkedAsOne) {
  const std::string key(2000, 'k');
  const nlohmann::ordered_json value = {{"list", {{{key, {{"a", 1}}}, {"b", 2}}}}, {key, {3}}};

  const auto documents = yaml_to_json(to_yaml(value));

  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].error, "");
  EXPECT_EQ(documents[0].value, nlohmann::json::parse(value.dump()));
}

TEST(YamlToJson, WipeOverwritesEveryText) {
  nlohmann::json value = {{"a", "key"}, {"b", {"key", 1, {{"c", "key"}}}}};

  wipe(value);

  EXPECT_EQ(value.dump(), R"({"a":"","b":["",1,{"c":""}]})");
}

}  // namespace
}  // namespace certsync::manifests
