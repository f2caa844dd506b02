#include "manifests/yaml_to_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/encoding.h"
#include "base/secret.h"

namespace certsync::manifests {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// An unclosed bracket makes everything behind it a key, so it is the likelier mistake.
constexpr char kBadKey[] = "a key must be text; or is a bracket not closed?";

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

template <class Int>
std::optional<json> whole(std::string_view text, int base) {
  Int value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return json(value);
}

/// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_decimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
    auto exponent = text.substr(e + 1);
    if (exponent.starts_with('-') || exponent.starts_with('+')) exponent.remove_prefix(1);
    if (!all_digits(exponent)) return false;
    text = text.substr(0, e);
  }
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return all_digits(text);
  const auto left = text.substr(0, dot);
  const auto right = text.substr(dot + 1);
  return (left.empty() || all_digits(left)) && (right.empty() || all_digits(right)) && left.size() + right.size() > 0;
}

// YAML 1.2, section 10.3.2 (core schema). What JSON cannot say (.inf, .nan) stays text.
json resolve_plain(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  std::optional<json> number;
  if (text.starts_with("0x")) {
    number = whole<std::uint64_t>(std::string_view(text).substr(2), 16);
  } else if (text.starts_with("0o")) {
    number = whole<std::uint64_t>(std::string_view(text).substr(2), 8);
  } else if (is_decimal(text)) {
    const auto digits = std::string_view(text).substr(text.starts_with('+') ? 1 : 0);
    number = digits.starts_with('-') ? whole<std::int64_t>(digits, 10) : whole<std::uint64_t>(digits, 10);
    double value = 0;
    std::istringstream in{std::string(digits)};
    in.imbue(std::locale::classic());
    if (!number && in >> value && std::isfinite(value)) number = value;
  }
  return number ? *number : json(text);
}

/// Builds the document from yaml-cpp's events, with lines for errors and bounds for bombs.
class Builder final : public YAML::EventHandler {
 public:
  json take() { return std::move(root_); }
  bool empty() const { return !started_; }
  ~Builder() override {
    wipe(root_);
    for (auto& [anchor, kept] : anchors_)
      wipe(kept.value);
    for (auto& frame : frames_)
      wipe(frame.value);
  }

  void OnDocumentStart(const YAML::Mark&) override { started_ = true; }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) refuse(mark, kBadKey);
    count(mark, 1);
    add(mark, anchor, json(nullptr), 1, 0);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) refuse(mark, "an alias stands inside what it refers to");
    if (expects_key()) {
      if (!found->second.value.is_string()) refuse(mark, kBadKey);
      return take_key(mark, found->second.value.get<std::string>(), false);
    }
    count(mark, found->second.nodes);
    add(mark, YAML::NullAnchor, found->second.value, found->second.nodes, found->second.depth);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool plain = tag == "?";
    const bool text = tag == "!" || tag == "tag:yaml.org,2002:str";
    static constexpr std::array<std::string_view, 4> kResolved = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float",
                                                                  "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"};
    if (!plain && !text && std::find(kResolved.begin(), kResolved.end(), tag) == kResolved.end()) {
      refuse(mark, "this tag is not known here");
    }
    if (expects_key()) {
      if (anchor != YAML::NullAnchor) anchors_[anchor] = {value, 1, 0};
      return take_key(mark, value, plain && value == "<<");
    }
    count(mark, 1);
    add(mark, anchor, text ? json(value) : resolve_plain(value), 1, 0);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, json::array());
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, json::object());
  }
  void OnMapEnd() override {
    // A key of the map itself wins over merged ones, an earlier merge over a later one (yaml.org/type/merge.html).
    for (auto& merged : frames_.back().merges)
      frames_.back().value.insert(merged.begin(), merged.end());
    close();
  }

 private:
  struct Frame {
    json value;
    YAML::Mark mark;
    YAML::anchor_t anchor = YAML::NullAnchor;
    std::size_t nodes = 1;
    std::size_t depth = 0;
    std::optional<std::string> key;
    bool merging = false;
    std::vector<json> merges;
  };
  struct Kept {
    json value;
    std::size_t nodes = 1;
    std::size_t depth = 0;
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, const std::string& why) {
    throw YAML::ParserException(mark, why);
  }

  bool expects_key() const { return !frames_.empty() && frames_.back().value.is_object() && !frames_.back().key; }

  void take_key(const YAML::Mark& mark, const std::string& key, bool merging) {
    Frame& map = frames_.back();
    if (!merging && map.value.contains(key)) refuse(mark, "the key '" + key.substr(0, 64) + "' is there twice");
    map.key = key;
    map.merging = merging;
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, json empty) {
    if (expects_key()) refuse(mark, kBadKey);
    if (frames_.size() >= kMostYamlDepth) refuse(mark, "nested too deeply");
    count(mark, 1);
    Frame frame;
    frame.value = std::move(empty);
    frame.mark = mark;
    frame.anchor = anchor;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    add(frame.mark, frame.anchor, std::move(frame.value), frame.nodes, frame.depth + 1);
  }

  /// A value is complete: into the list or map around it, or it is the document. `nodes` and `depth` are its own.
  void add(const YAML::Mark& mark, YAML::anchor_t anchor, json value, std::size_t nodes, std::size_t depth) {
    if (frames_.size() + depth > kMostYamlDepth) refuse(mark, "nested too deeply");
    if (anchor != YAML::NullAnchor) anchors_[anchor] = {value, nodes, depth};
    if (frames_.empty()) {
      root_ = std::move(value);
      return;
    }
    Frame& around = frames_.back();
    around.nodes += nodes;
    around.depth = std::max(around.depth, depth);
    if (around.value.is_array()) {
      around.value.push_back(std::move(value));
    } else if (around.merging) {
      merge(mark, std::move(value));
    } else {
      around.value[*around.key] = std::move(value);
    }
    around.key.reset();
    around.merging = false;
  }

  void merge(const YAML::Mark& mark, json value) {
    auto& merges = frames_.back().merges;
    if (value.is_object()) return merges.push_back(std::move(value));
    if (!value.is_array()) refuse(mark, "<< takes a map or a list of maps");
    for (auto& item : value) {
      if (!item.is_object()) refuse(mark, "<< takes a map or a list of maps");
      merges.push_back(std::move(item));
    }
  }

  void count(const YAML::Mark& mark, std::size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > kMostYamlNodes) refuse(mark, "more than 200000 values: too large, or aliases that multiply");
  }

  json root_;
  bool started_ = false;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Kept> anchors_;
  std::size_t nodes_ = 0;
};

struct Chunk {
  std::string_view text;
  int line = 1;
  bool content = false;
};

bool is_marker(std::string_view line, std::string_view marker) {
  if (!line.starts_with(marker)) return false;
  return line.size() == marker.size() || line[marker.size()] == ' ' || line[marker.size()] == '\t' ||
         line[marker.size()] == '\r';
}

/// Blank lines, comments and directives are no document.
bool is_content(std::string_view line, bool is_start) {
  if (is_start) line.remove_prefix(3);
  if (!is_start && line.starts_with('%')) return false;
  line = trim(line);
  return !line.empty() && line.front() != '#';
}

// YAML does not allow '---' or '...' at the beginning of a line inside any scalar, so lines are enough to split by.
std::vector<Chunk> split_documents(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<Chunk> chunks(1);
  std::size_t begin = 0;
  std::size_t at = 0;
  for (int number = 1; at < text.size(); ++number) {
    const auto newline = text.find('\n', at);
    const auto end = newline == std::string_view::npos ? text.size() : newline + 1;
    const auto line = text.substr(at, end - at - (newline == std::string_view::npos ? 0 : 1));
    const bool starts = is_marker(line, "---");
    const bool ends = is_marker(line, "...");
    if (starts || ends) {
      chunks.back().text = text.substr(begin, at - begin);
      begin = starts ? at : end;
      chunks.push_back({{}, starts ? number : number + 1, false});
    }
    if (!ends && is_content(line, starts)) chunks.back().content = true;
    at = end;
  }
  chunks.back().text = text.substr(begin);
  std::erase_if(chunks, [](const Chunk& chunk) { return !chunk.content; });
  return chunks;
}

std::string at_line(int line, std::string_view what) {
  return "line " + std::to_string(line) + ": " + std::string(what);
}

/// One read-only buffer over the text, so that parsing makes no copy of it that nobody wipes.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // NOLINT: std::streambuf has no const get area; it is never written
    setg(begin, begin, begin + text.size());
  }
};

YamlDocument parse(const Chunk& chunk, int number) {
  YamlDocument document;
  document.number = number;
  document.line = chunk.line;
  if (chunk.text.find('\0') != std::string_view::npos) {
    document.error = at_line(chunk.line, "not a text file in UTF-8");
    return document;
  }
  try {
    ViewBuffer buffer(chunk.text);
    std::istream in(&buffer);
    YAML::Parser parser(in);
    Builder builder;
    parser.HandleNextDocument(builder);
    Builder rest;
    // yaml-cpp takes text behind a finished value as one more document.
    if (parser.HandleNextDocument(rest)) {
      document.error = at_line(chunk.line, "something stands behind the end of the document");
      return document;
    }
    document.value = builder.take();
  } catch (const YAML::Exception& error) {
    document.error = at_line(chunk.line + std::max(error.mark.line, 0), error.msg);
  } catch (const std::exception&) {
    document.error = at_line(chunk.line, "cannot be read");
  }
  return document;
}

bool is_plain_word(std::string_view text) {
  if (text.empty() || text.size() > 256) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool plain = letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
                       return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/';
                     });
  // Words that this or an older YAML takes for something else.
  static constexpr std::array<std::string_view, 10> kTaken = {"true", "false", "null", "yes", "no",
                                                              "on",   "off",   "y",    "n",   "nan"};
  return plain && std::find(kTaken.begin(), kTaken.end(), to_lower(text)) == kTaken.end();
}

/// JSON's quoted text is YAML's double-quoted text.
std::string scalar(const ordered_json& value) {
  if (value.is_string() && is_plain_word(value.get_ref<const std::string&>())) return value.get<std::string>();
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

/// A longer key must be marked as one (YAML 1.2, section 7.4.2: 1024 characters).
constexpr std::size_t kLongestPlainKey = 1000;

void emit(const ordered_json& value, std::size_t indent, std::string& out);

/// What stands behind "key:" or "-".
void emit_member(const ordered_json& value, std::size_t indent, std::string& out) {
  if (!value.is_structured() || value.empty()) {
    out += " " + scalar(value) + "\n";
  } else {
    out += "\n";
    emit(value, indent, out);
  }
}

void emit(const ordered_json& value, std::size_t indent, std::string& out) {
  const std::string pad(indent, ' ');
  if (value.is_array()) {
    for (const auto& item : value) {
      if (item.is_object() && !item.empty()) {
        // "- key: value", the further members below the first.
        std::string inner;
        emit(item, indent + 2, inner);
        inner[indent] = '-';
        out += inner;
      } else {
        out += pad + "-";
        emit_member(item, indent + 2, out);
      }
    }
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      const auto name = scalar(key);
      const bool marked = name.size() > kLongestPlainKey;
      out.append(pad).append(marked ? "? " : "").append(name);
      if (marked) out.append("\n").append(pad);
      out += ":";
      emit_member(member, indent + 2, out);
    }
  }
}

}  // namespace

std::vector<YamlDocument> yaml_to_json(std::string_view text) {
  return yaml_to_json_with(text, "");
}

std::vector<YamlDocument> yaml_to_json_with(std::string_view text, std::string_view word) {
  const auto chunks = split_documents(text);
  std::vector<YamlDocument> documents;
  for (const auto& chunk : chunks) {
    if (chunk.text.find(word) == std::string_view::npos) continue;
    if (documents.size() == kMostYamlDocuments) {
      YamlDocument last;
      last.number = static_cast<int>(documents.size()) + 1;
      last.error = at_line(chunk.line, "more than 10000 documents in one file");
      documents.push_back(std::move(last));
      break;
    }
    documents.push_back(parse(chunk, static_cast<int>(documents.size()) + 1));
  }
  return documents;
}

std::string to_yaml(const ordered_json& value) {
  if (!value.is_structured() || value.empty()) return scalar(value) + "\n";
  std::string out;
  emit(value, 0, out);
  return out;
}

void wipe(json& value) {
  if (value.is_string()) {
    certsync::wipe(value.get_ref<std::string&>());
  } else {
    for (auto& member : value) {
      if (member.is_string() || member.is_structured()) wipe(member);
    }
  }
}

}  // namespace certsync::manifests
