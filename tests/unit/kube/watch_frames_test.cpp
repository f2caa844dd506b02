#include "kube/watch_frames.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace certsync::kube {
namespace {

using json = nlohmann::json;

std::string lines_of(const std::vector<std::string>& pieces) {
  LineSplitter splitter;
  std::string seen;
  for (const auto& piece : pieces) {
    splitter.feed(piece, [&](std::string_view line) {
      seen += "[" + std::string(line) + "]";
      return true;
    });
  }
  return seen;
}

TEST(LineSplitter, CutsWhereverThePiecesDo) {
  EXPECT_EQ(lines_of({"one\ntwo\n"}), "[one][two]");
  EXPECT_EQ(lines_of({"o", "n", "e", "\n", "tw", "o\nthree"}), "[one][two]");
  EXPECT_EQ(lines_of({"\n\none\n\n"}), "[one]");
}

TEST(LineSplitter, ALineWithoutAnEndIsGivenUp) {
  LineSplitter splitter;
  const std::string much(1u << 20, 'x');
  bool more = true;
  int pieces = 0;
  while (more && pieces < 100) {
    more = splitter.feed(much, [](std::string_view) { return true; });
    ++pieces;
  }

  EXPECT_TRUE(splitter.too_long());
  EXPECT_EQ(pieces, 9);
}

TEST(WatchEvent, LosesWhatIsLargeOrSecret) {
  const char* line = R"({"type":"ADDED","object":{"kind":"Secret","metadata":{"name":"www","managedFields":[{"a":1}],
    "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"tls.key\":\"S0VZ\"}}","kept":"yes"}},
    "data":{"tls.key":"S0VZ"}}})";

  const auto event = decode_watch_event(line, Keep::Metadata);

  ASSERT_TRUE(event);
  EXPECT_EQ(event->first, WatchType::Added);
  EXPECT_EQ(event->second.dump(), R"({"kind":"Secret","metadata":{"annotations":{"kept":"yes"},"name":"www"}})");
}

TEST(WatchEvent, KeepsLabelsWhateverTheyAreCalled) {
  const std::string object =
      R"({"metadata":{"labels":{"data":"a","managedFields":"b","spec":"c","status":"live","stringData":"d"}}})";

  EXPECT_EQ(decode_watch_event(R"({"type":"ADDED","object":)" + object + "}", Keep::Metadata)->second.dump(), object);
  EXPECT_EQ(decode_object(object, Keep::Metadata)->dump(), object);
  std::string items;
  decode_list(R"({"metadata":{"resourceVersion":"7"},"items":[)" + object + "]}", Keep::Metadata,
              [&](const json& item) { items += item.dump(); });
  EXPECT_EQ(items, object);
}

TEST(WatchEvent, CutsOffWhatIsDeeperThanAnyObject) {
  const std::string depth(2'000'000, '[');
  const std::string text =
      R"({"metadata":{"name":"www"},"status":{"a":)" + depth + std::string(depth.size(), ']') + "}}";

  for (const char* type : {"MODIFIED", "ERROR"}) {
    const auto event =
        decode_watch_event(std::string(R"({"type":")") + type + R"(","object":)" + text + "}", Keep::Everything);
    ASSERT_TRUE(event);
    EXPECT_LT(event->second.dump().size(), 500u);
  }
  EXPECT_LT(decode_object(text, Keep::Everything)->dump().size(), 500u);
}

TEST(WatchEvent, AnErrorKeepsItsStatus) {
  const auto event = decode_watch_event(
      R"({"type":"ERROR","object":{"kind":"Status","status":"Failure","reason":"Expired","code":410}})",
      Keep::Metadata);

  ASSERT_TRUE(event);
  EXPECT_EQ(event->first, WatchType::Error);
  EXPECT_EQ(event->second["status"], "Failure");
}

TEST(WatchEvent, AnythingElseIsNone) {
  for (const char* line :
       {"", "{", "[]", "null", "17", R"({"type":"ADDED"})", R"({"type":"ADDED","object":[]})",
        R"({"type":"SEEN","object":{}})", R"({"object":{}})", "{\"type\":\"ADDED\",\"object\":{\"a\":\"\xff\"}}"}) {
    EXPECT_FALSE(decode_watch_event(line, Keep::Everything)) << line;
  }
}

TEST(List, HandsOverItemByItemAndKeepsNone) {
  std::string items;
  const auto page = decode_list(
      R"({"kind":"List","metadata":{"resourceVersion":"7","continue":"next"},
          "items":[{"metadata":{"name":"a","managedFields":[{}]},"spec":{"items":[{"x":1}]}},{"metadata":{"name":"b"}}]})",
      Keep::Everything, [&](const json& item) { items += item.dump() + "\n"; });

  ASSERT_TRUE(page);
  EXPECT_EQ(page->resource_version, "7");
  EXPECT_EQ(page->continue_token, "next");
  EXPECT_EQ(items,
            "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"items\":[{\"x\":1}]}}\n{\"metadata\":{\"name\":\"b\"}}\n");
}

TEST(List, AnythingElseIsNone) {
  for (const char* text : {"", "{}", "[]", R"({"items":[]})", R"({"metadata":7})", R"({"metadata":{},"items":[)"}) {
    EXPECT_FALSE(decode_list(text, Keep::Everything, [](const json&) {})) << text;
  }
}

TEST(Bookmark, OnlyTheMarkEndsInitialEvents) {
  EXPECT_TRUE(ends_initial_events(json::parse(R"({"metadata":{"annotations":{"k8s.io/initial-events-end":"true"}}})")));
  EXPECT_FALSE(ends_initial_events(json::parse(R"({"metadata":{"resourceVersion":"7"}})")));
  EXPECT_FALSE(ends_initial_events(json::parse("{}")));
}

}  // namespace
}  // namespace certsync::kube
