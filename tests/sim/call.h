// A NITRO request taken apart: resource, name, query, and the objects of the payload.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json.h"
#include "sim/message.h"
#include "sim/reply.h"

namespace sim {

struct Call {
  std::string method;
  bool stat = false;  // /nitro/v1/stat/ instead of /config/
  std::string resource;
  std::string name;  // the path element after the resource, decoded
  std::string action;
  std::map<std::string, std::string> args;
  std::string filter, attrs, view;
  bool count = false;
  bool bulk_bindings = false;
  bool idempotent = false;
  bool override_file = false;
  bool warning = false;
  std::string on_error;  // "exit", "continue" or "rollback"
  int page_size = 0;
  int page_number = 1;
  std::string session_in_body;  // form posts carry it there
  /// One for a plain request, several for a bulk one; member names in lower case.
  std::vector<Json> objects = {};
  bool bulk = false;
  /// The element being worked on.
  Json object = Json(Json::Object{});

  bool writes() const { return method != "GET"; }
  /// A scalar attribute as text.
  std::optional<std::string> attribute(std::string_view lower_name) const;
  /// An argument of the query.
  std::optional<std::string> arg(const std::string& lower_name) const;
  /// The key attribute, which may come in the path, the args or the payload.
  std::string key(const std::string& lower_name) const;
  /// true/"YES"/"ENABLED"... of the payload.
  bool flag(std::string_view lower_name) const;
};

struct ParsedCall {
  Call call;
  std::optional<Reply> refused;
};

ParsedCall parse_call(const Request& request);

/// `plus` turns '+' into a space, as in a query.
std::string percent_decode(std::string_view text, bool plus);
/// Names come encoded once or twice: a space as %2520 (netscaler/ansible-collection-netscaleradc) or %2B
/// (netscaler/adc-nitro-go).
std::string decode_name(std::string_view text);

}  // namespace sim
