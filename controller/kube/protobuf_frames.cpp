#include "kube/protobuf_frames.h"

#include <algorithm>
#include <cstdint>

#include <nlohmann/json.hpp>

namespace certsync::kube {
namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 4;
// k8s.io/apimachinery pkg/runtime/serializer/protobuf: before each object, which is wrapped in runtime.Unknown.
constexpr std::string_view kMagic("k8s\0", 4);

/// The fields of one message, one after the other: https://protobuf.dev/programming-guides/encoding/
class Message {
 public:
  explicit Message(std::string_view message) : rest_(message) {}

  /// False at the end, and where it goes no further.
  bool next() {
    bytes = {};
    std::uint64_t tag = 0;
    if (rest_.empty() || !take_number(tag)) return false;
    number = static_cast<std::uint32_t>(tag >> 3);
    switch (tag & 7) {
      case 0:
        return take_number(value);
      case 1:
        return take(8);
      case 2:
        return take_number(value) && take(value);
      case 5:
        return take(4);
      default:
        sound_ = false;
        return false;
    }
  }
  bool sound() const { return sound_; }
  std::string text() const { return std::string(bytes); }

  std::uint32_t number = 0;
  /// Of a field that is a number.
  std::uint64_t value = 0;
  /// Of one that is text, bytes or a message.
  std::string_view bytes;

 private:
  bool take_number(std::uint64_t& out) {
    out = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      out |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return sound_ = false;
  }
  bool take(std::uint64_t count) {
    if (count > rest_.size()) return sound_ = false;
    bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return true;
  }

  std::string_view rest_;
  bool sound_ = true;
};

/// The value of the one field that is asked for; empty where there is none.
std::string_view field(std::string_view message, std::uint32_t number) {
  Message fields(message);
  while (fields.next()) {
    if (fields.number == number) return fields.bytes;
  }
  return {};
}

// Numbers of fields: k8s.io/apimachinery pkg/apis/meta/v1/generated.proto.

bool read_metadata(std::string_view message, MetadataEvent& out) {
  Message fields(message);
  while (fields.next()) {
    switch (fields.number) {
      case 1:
        out.meta.ref.name = fields.bytes;
        break;
      case 3:
        out.meta.ref.space = fields.bytes;
        break;
      case 5:
        out.meta.uid = fields.bytes;
        break;
      case 6:
        out.meta.resource_version = fields.bytes;
        break;
      case 11:
        out.meta.labels[std::string(field(fields.bytes, 1))] = field(fields.bytes, 2);
        break;
      case 12:
        if (field(fields.bytes, 1) == kInitialEventsEnd) out.ends_initial_events = field(fields.bytes, 2) == "true";
        break;
      default:
        break;
    }
  }
  return fields.sound();
}

bool read_status_details(std::string_view message, json& out) {
  Message fields(message);
  while (fields.next()) {
    if (fields.number == 4) out["causes"].push_back({{"reason", std::string(field(fields.bytes, 1))}});
    if (fields.number == 5) out["retryAfterSeconds"] = fields.value;
  }
  return fields.sound();
}

bool read_status(std::string_view message, json& out) {
  Message fields(message);
  bool sound = true;
  while (fields.next()) {
    if (fields.number == 3) out["message"] = fields.text();
    if (fields.number == 4) out["reason"] = fields.text();
    if (fields.number == 5) sound = read_status_details(fields.bytes, out["details"]);
    if (fields.number == 6) out["code"] = fields.value;
  }
  return sound && fields.sound();
}

}  // namespace

bool FrameSplitter::feed(std::string_view bytes, const std::function<bool(std::string_view)>& frame) {
  rest_.append(bytes);
  std::string_view left = rest_;
  bool more = true;
  while (more && left.size() >= kLengthBytes) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < kLengthBytes; ++i)
      length = length << 8 | static_cast<unsigned char>(left[i]);
    if (length > LineSplitter::kLongestLine) {
      too_long_ = true;
      more = false;
    } else if (left.size() < kLengthBytes + length) {
      break;
    } else {
      more = frame(left.substr(kLengthBytes, length));
      left.remove_prefix(kLengthBytes + length);
    }
  }
  rest_.erase(0, rest_.size() - left.size());
  if (rest_.empty() || !more) std::string().swap(rest_);
  return more;
}

std::optional<MetadataEvent> decode_watch_frame(std::string_view frame) {
  Message event(frame);
  std::string_view word;
  std::string_view object;
  while (event.next()) {
    if (event.number == 1) word = event.bytes;
    // A RawExtension.
    if (event.number == 2) object = field(event.bytes, 1);
  }
  const auto type = watch_type(word);
  if (!event.sound() || !type || object.substr(0, kMagic.size()) != kMagic) return std::nullopt;
  // Where the server did not heed that only metadata is wanted, metadata is the first field too.
  const auto content = field(object.substr(kMagic.size()), 2);
  MetadataEvent out;
  out.type = *type;
  if (*type == WatchType::Error) {
    json status = {{"kind", "Status"}};
    if (!read_status(content, status)) return std::nullopt;
    out.status = status.dump(-1, ' ', false, json::error_handler_t::replace);
  } else if (!read_metadata(field(content, 1), out)) {
    return std::nullopt;
  }
  return out;
}

}  // namespace certsync::kube
