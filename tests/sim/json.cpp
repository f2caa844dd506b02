#include "sim/json.h"

#include <nlohmann/json.hpp>

namespace sim {
namespace {

using Parsed = nlohmann::ordered_json;

Json from_parsed(const Parsed& parsed) {
  switch (parsed.type()) {
    case Parsed::value_t::boolean:
      return {parsed.get<bool>()};
    case Parsed::value_t::number_integer:
    case Parsed::value_t::number_unsigned:
      return {parsed.get<std::int64_t>()};
    case Parsed::value_t::number_float:
      return {parsed.get<double>()};
    case Parsed::value_t::string:
      return {parsed.get<std::string>()};
    case Parsed::value_t::array: {
      Json::Array items;
      for (const auto& item : parsed) {
        items.push_back(from_parsed(item));
      }
      return {std::move(items)};
    }
    case Parsed::value_t::object: {
      Json::Object members;
      for (const auto& [name, value] : parsed.items()) {
        members.push_back({name, from_parsed(value)});
      }
      return {std::move(members)};
    }
    default:
      return {};
  }
}

void print_string(std::string_view text, bool escape_slash, std::string& out) {
  constexpr const char* kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '/':
        out += escape_slash ? "\\/" : "/";
        break;
      default:
        if (byte < 0x20) {
          out += "\\u00";
          out += kHex[byte >> 4U];
          out += kHex[byte & 0xFU];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

struct Layout {
  bool spaces;
  void open(char bracket, std::string& out) const {
    out += bracket;
    if (spaces) out += ' ';
  }
  void close(char bracket, std::string& out) const {
    if (spaces && out.back() != ' ') out += ' ';
    out += bracket;
  }
  void comma(std::string& out) const { out += spaces ? ", " : ","; }
};

void print(const Json& json, Layout layout, std::string& out) {
  if (json.is_string()) {
    print_string(std::get<std::string>(json.value), layout.spaces, out);
  } else if (json.is_array()) {
    layout.open('[', out);
    bool first = true;
    for (const auto& item : json.array()) {
      if (!first) layout.comma(out);
      first = false;
      print(item, layout, out);
    }
    layout.close(']', out);
  } else if (json.is_object()) {
    layout.open('{', out);
    bool first = true;
    for (const auto& [name, value] : json.object()) {
      if (!first) layout.comma(out);
      first = false;
      print_string(name, layout.spaces, out);
      out += layout.spaces ? ": " : ":";
      print(value, layout, out);
    }
    layout.close('}', out);
  } else {
    out += json.is_null() ? "null" : json.text();
  }
}

}  // namespace

const Json* Json::find(std::string_view name) const {
  if (!is_object()) return nullptr;
  for (const auto& member : object()) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

std::string Json::text() const {
  if (is_string()) return std::get<std::string>(value);
  if (is_bool()) return std::get<bool>(value) ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) return nlohmann::json(*number).dump();
  return {};
}

std::optional<Json> parse_json(std::string_view text) {
  const Parsed parsed = Parsed::parse(text.begin(), text.end(), nullptr, false);
  if (parsed.is_discarded()) return std::nullopt;
  return from_parsed(parsed);
}

std::string print_json(const Json& value) {
  std::string out;
  print(value, Layout{true}, out);
  return out;
}

std::string print_compact(const Json& value) {
  std::string out;
  print(value, Layout{false}, out);
  return out;
}

}  // namespace sim
