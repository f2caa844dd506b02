// A JSON value with ordered members, and the printer for the exact byte layout of an appliance's answer. It exists so
// that the big JSON header is read by one .cpp file only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sim {

struct Member;

struct Json {
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;

  // All defined below, where Member is complete: clang insists on that.
  Json();
  Json(bool flag);
  Json(int number);
  Json(std::int64_t number);
  Json(std::size_t number);
  Json(double number);
  Json(const char* text);
  Json(std::string text);
  Json(Array items);
  Json(Object members);
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept;
  ~Json();

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value); }
  bool is_bool() const { return std::holds_alternative<bool>(value); }
  bool is_number() const {
    return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
  }
  bool is_string() const { return std::holds_alternative<std::string>(value); }
  bool is_array() const { return std::holds_alternative<Array>(value); }
  bool is_object() const { return std::holds_alternative<Object>(value); }

  const Array& array() const;
  const Object& object() const;
  Object& object();

  /// The member of that exact name, or null when there is none or this is no object.
  const Json* find(std::string_view name) const;
  /// A scalar as text: strings as they are, "true", "12"; empty for the rest.
  std::string text() const;

  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> value;
};

struct Member {
  std::string name;
  Json value;
};

inline Json::Json() : value(nullptr) {}
inline Json::Json(bool flag) : value(flag) {}
inline Json::Json(int number) : value(static_cast<std::int64_t>(number)) {}
inline Json::Json(std::int64_t number) : value(number) {}
inline Json::Json(std::size_t number) : value(static_cast<std::int64_t>(number)) {}
inline Json::Json(double number) : value(number) {}
inline Json::Json(const char* text) : value(std::string(text)) {}
inline Json::Json(std::string text) : value(std::move(text)) {}
inline Json::Json(Array items) : value(std::move(items)) {}
inline Json::Json(Object members) : value(std::move(members)) {}
inline Json::Json(const Json& other) = default;
inline Json::Json(Json&& other) noexcept = default;
inline Json& Json::operator=(const Json& other) = default;
inline Json& Json::operator=(Json&& other) noexcept = default;
inline Json::~Json() = default;
inline const Json::Array& Json::array() const {
  return std::get<Array>(value);
}
inline const Json::Object& Json::object() const {
  return std::get<Object>(value);
}
inline Json::Object& Json::object() {
  return std::get<Object>(value);
}

std::optional<Json> parse_json(std::string_view text);
/// `{ "a": 1, "b": [ "x\/y" ] }`, as PHP on the appliance prints it: the Content-Length of 96 in
/// netscaler/ansible-collection-netscaleradc #105 fits these spaces exactly.
std::string print_json(const Json& value);
/// `{"a":1}`: for the simulator's own output.
std::string print_compact(const Json& value);

}  // namespace sim
