#include "kube/protobuf_frames.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace certsync::kube {
namespace {

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

/// "added team-a/www uid u version 7 label a=b", "error {…}", or "none".
std::string decoded(std::string_view frame) {
  const auto event = decode_watch_frame(frame);
  if (!event) return "none";
  if (event->type == WatchType::Error) return "error " + event->status;
  const auto& meta = event->meta;
  std::string text = event->type == WatchType::Added      ? "added"
                     : event->type == WatchType::Modified ? "modified"
                     : event->type == WatchType::Deleted  ? "deleted"
                                                          : "bookmark";
  text += " " + to_text(meta.ref) + " uid " + meta.uid + " version " + meta.resource_version;
  for (const auto& [key, value] : meta.labels)
    text += " label " + key + "=" + value;
  return text + (event->ends_initial_events ? " end" : "");
}

/// A field that is text, bytes or a message; shorter than 128 bytes.
std::string field(int number, const std::string& content) {
  std::string bytes{static_cast<char>(number << 3 | 2), static_cast<char>(content.size())};
  return bytes + content;
}

std::string event(const std::string& type, const std::string& object) {
  return field(1, type) + field(2, field(1, std::string("k8s\0", 4) + field(2, object)));
}

// As kube-apiserver 1.35 sent it.
const std::string kNamespace = bytes_of(
    "0a05414444454412a7020aa4026b3873000a270a0e6d6574612e6b38732e696f2f76311215506172746961"
    "6c4f626a6563744d6574616461746112f0010aed010a0764656661756c7412001a0022002a243538383265"
    "6534642d313832342d343063612d383261342d3561383932663238313037663202313538004208"
    "08bad19bd80610005a260a1b6b756265726e657465732e696f2f6d657461646174612e6e616d6512076465"
    "6661756c748a017d0a0e6b7562652d61706973657276657212065570646174651a0276312208"
    "08bad19bd806100032084669656c647356313a490a477b22663a6d65746164617461223a7b22663a6c61"
    "62656c73223a7b222e223a7b7d2c22663a6b756265726e657465732e696f2f6d657461646174612e6e61"
    "6d65223a7b7d7d7d7d42001a002200");
const std::string kTooOld = bytes_of(
    "0a054552524f52125c0a5a6b3873000a0c0a02763112065374617475731242"
    "0a060a0012001a0012074661696c7572651a23746f6f206f6c64207265736f757263652076657273696f6e3a20"
    "312028313935343729220745787069726564309a031a002200");

TEST(WatchFrame, GivesTheMetadataThatIsWanted) {
  EXPECT_EQ(decoded(kNamespace),
            "added default uid 5882ee4d-1824-40ca-82a4-5a892f28107f version 15 "
            "label kubernetes.io/metadata.name=default");
}

TEST(WatchFrame, AnErrorKeepsItsStatus) {
  EXPECT_EQ(
      decoded(kTooOld),
      R"x(error {"code":410,"kind":"Status","message":"too old resource version: 1 (19547)","reason":"Expired"})x");
}

TEST(WatchFrame, AnErrorKeepsWhatTheServerAsksFor) {
  const std::string details = field(4, field(1, "ResourceVersionTooLarge")) + std::string("\x28\x05");

  EXPECT_EQ(
      decoded(event("ERROR", field(5, details))),
      R"(error {"details":{"causes":[{"reason":"ResourceVersionTooLarge"}],"retryAfterSeconds":5},"kind":"Status"})");
}

TEST(WatchFrame, OfAnnotationsOnlyTheMarkOfABookmarkStays) {
  const std::string meta = field(6, "7") + field(12, field(1, "k8s.io/initial-events-end") + field(2, "true")) +
                           field(12, field(1, "kubectl.kubernetes.io/last-applied-configuration") + field(2, "{}"));
  const auto bookmark = decode_watch_frame(event("BOOKMARK", field(1, meta)));

  EXPECT_EQ(decoded(event("BOOKMARK", field(1, meta))), "bookmark  uid  version 7 end");
  EXPECT_TRUE(bookmark->meta.annotations.empty());
}

// A Secret that comes whole, since a server did not heed what was asked for: its data is field 2.
TEST(WatchFrame, NobodysKeysAreRead) {
  const std::string secret =
      field(1, field(1, "www") + field(3, "team-a")) + field(2, field(1, "tls.key") + field(2, "KEY"));

  EXPECT_EQ(decoded(event("MODIFIED", secret)), "modified team-a/www uid  version ");
}

TEST(WatchFrame, AnythingElseIsNone) {
  EXPECT_EQ(decoded(""), "none");
  EXPECT_EQ(decoded(R"({"type":"ADDED"})"), "none");
  EXPECT_EQ(decoded(field(1, "ADDED")), "none");
  EXPECT_EQ(decoded(event("ADDED", field(1, "")).substr(0, 12)), "none");
  EXPECT_EQ(decoded(event("PUSHED", field(1, field(1, "www")))), "none");
  for (std::size_t length = 1; length < kNamespace.size(); ++length)
    decode_watch_frame(std::string_view(kNamespace).substr(0, length));
}

std::string cut(const std::string& stream, std::size_t piece) {
  FrameSplitter splitter;
  std::string said;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    splitter.feed(std::string_view(stream).substr(at, piece), [&](std::string_view frame) {
      said += std::string(frame) + "|";
      return true;
    });
  }
  return said + (splitter.too_long() ? "too long" : "");
}

TEST(FrameSplitter, CutsWhereverThePiecesDo) {
  const std::string stream("\0\0\0\2ab\0\0\0\0\0\0\0\1c\0\0", 17);
  for (std::size_t piece = 1; piece <= stream.size(); ++piece)
    EXPECT_EQ(cut(stream, piece), "ab||c|") << piece;
}

TEST(FrameSplitter, AFrameWithoutAnEndIsGivenUp) {
  EXPECT_EQ(cut(std::string("\0\x80\0\1x", 5), 5), "too long");
}

TEST(FrameSplitter, StopsWhenItsReaderHasEnough) {
  FrameSplitter splitter;
  int frames = 0;
  EXPECT_FALSE(splitter.feed(std::string("\0\0\0\1a\0\0\0\1b", 10), [&](std::string_view) { return ++frames > 1; }));
  EXPECT_EQ(frames, 1);
}

TEST(FrameSplitter, TextHasNoFrames) {
  EXPECT_TRUE(FrameSplitter::begins_with_frame(std::string_view("\0\0\1\x31", 4)));
  EXPECT_FALSE(FrameSplitter::begins_with_frame(R"({"type":"ADDED"})"));
  EXPECT_FALSE(FrameSplitter::begins_with_frame(""));
}

}  // namespace
}  // namespace certsync::kube
