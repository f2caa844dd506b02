#include "sim/call.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"

namespace sim {
namespace {

constexpr std::size_t kMaxPage = 1000000;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return parts;
}

int to_number(const std::string& text, int otherwise) {
  int number = otherwise;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc{} ? std::clamp(number, 0, static_cast<int>(kMaxPage)) : otherwise;
}

bool is_yes(const std::string& text) {
  const std::string lower = certsync::to_lower(text);
  return lower == "yes" || lower == "true" || lower == "enabled" || lower == "on";
}

void parse_args(const std::string& text, Call& call) {
  for (const auto& part : split(text, ',')) {
    const auto colon = part.find(':');
    const std::string name = certsync::to_lower(part.substr(0, colon));
    const std::string value = colon == std::string::npos ? "" : part.substr(colon + 1);
    call.args[name] = percent_decode(value, false);
  }
}

void parse_query(std::string_view query, Call& call) {
  for (const auto& pair : split(query, '&')) {
    const auto equals = pair.find('=');
    const std::string name = certsync::to_lower(percent_decode(pair.substr(0, equals), true));
    const std::string value = equals == std::string::npos ? "" : percent_decode(pair.substr(equals + 1), true);
    if (name == "action") call.action = certsync::to_lower(value);
    if (name == "args") parse_args(value, call);
    if (name == "filter") call.filter = value;
    if (name == "attrs") call.attrs = certsync::to_lower(value);
    if (name == "view") call.view = certsync::to_lower(value);
    if (name == "count") call.count = is_yes(value);
    if (name == "bulkbindings") call.bulk_bindings = is_yes(value);
    if (name == "idempotent") call.idempotent = is_yes(value);
    if (name == "override") call.override_file = is_yes(value);
    if (name == "warning") call.warning = is_yes(value);
    if (name == "onerror") call.on_error = certsync::to_lower(value);
    if (name == "pagesize") call.page_size = to_number(value, 0);
    if (name == "pageno") call.page_number = std::max(1, to_number(value, 1));
  }
}

/// False when this is no NITRO path at all.
bool parse_path(std::string_view path, Call& call) {
  constexpr std::string_view kConfig = "/nitro/v1/config";
  constexpr std::string_view kStat = "/nitro/v1/stat";
  if (path.starts_with(kConfig)) {
    path.remove_prefix(kConfig.size());
  } else if (path.starts_with(kStat)) {
    path.remove_prefix(kStat.size());
    call.stat = true;
  } else {
    return false;
  }
  if (!path.empty() && path.front() != '/') return false;
  while (!path.empty() && path.front() == '/') {
    path.remove_prefix(1);
  }
  const auto slash = path.find('/');
  call.resource = certsync::to_lower(path.substr(0, slash));
  if (slash != std::string_view::npos) {
    std::string_view name = path.substr(slash + 1);
    while (!name.empty() && name.back() == '/') {
      name.remove_suffix(1);
    }
    call.name = decode_name(name);
  }
  return true;
}

Json lower_members(const Json& object) {
  Json::Object members;
  for (const auto& [name, value] : object.object()) {
    members.push_back({certsync::to_lower(name), value});
  }
  return {std::move(members)};
}

std::optional<Reply> take_payload(const Json& payload, Call& call) {
  if (payload.is_array()) {
    call.bulk = payload.array().size() > 1;
    for (const auto& item : payload.array()) {
      if (!item.is_object()) return failure(1234);
      call.objects.push_back(lower_members(item));
    }
    if (call.objects.empty()) return failure(1233);
    // Every object may come as an array of one, but for the login.
    if (call.resource == "login") return failure(1234);
  } else if (payload.is_object()) {
    call.objects.push_back(lower_members(payload));
  } else {
    return failure(1234);
  }
  call.object = call.objects.front();
  return std::nullopt;
}

void take_params(const Json& params, Call& call) {
  if (!params.is_object()) return;
  const Json lower = lower_members(params);
  if (const Json* action = lower.find("action")) call.action = certsync::to_lower(action->text());
  if (const Json* on_error = lower.find("onerror")) call.on_error = certsync::to_lower(on_error->text());
  if (const Json* warning = lower.find("warning")) call.warning = is_yes(warning->text());
}

std::optional<Reply> parse_body(const std::string& text, Call& call) {
  const auto body = parse_json(text);
  if (!body || !body->is_object()) return failure(1233);
  const Json* payload = nullptr;
  for (const auto& [name, value] : body->object()) {
    const std::string lower = certsync::to_lower(name);
    if (lower == "params") {
      take_params(value, call);
    } else if (lower == "sessionid") {
      call.session_in_body = value.text();
    } else if (call.resource.empty() || lower == call.resource) {
      call.resource = lower;
      payload = &value;
    }
  }
  if (payload == nullptr) return failure(1232);
  return take_payload(*payload, call);
}

}  // namespace

std::string percent_decode(std::string_view text, bool plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += plus && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string decode_name(std::string_view text) {
  std::string once = percent_decode(text, false);
  if (once == text) return once;
  return percent_decode(once, true);
}

std::optional<std::string> Call::attribute(std::string_view lower_name) const {
  const Json* found = object.find(lower_name);
  if (found == nullptr || found->is_null()) return std::nullopt;
  return found->text();
}

std::optional<std::string> Call::arg(const std::string& lower_name) const {
  const auto found = args.find(lower_name);
  if (found == args.end()) return std::nullopt;
  return found->second;
}

std::string Call::key(const std::string& lower_name) const {
  if (const auto value = attribute(lower_name)) return *value;
  if (!name.empty()) return name;
  return arg(lower_name).value_or("");
}

bool Call::flag(std::string_view lower_name) const {
  return is_yes(attribute(lower_name).value_or(""));
}

ParsedCall parse_call(const Request& request) {
  ParsedCall parsed;
  Call& call = parsed.call;
  call.method = request.method;
  const auto mark = request.target.find('?');
  if (!parse_path(std::string_view(request.target).substr(0, mark), call)) {
    parsed.refused = failure(1232);
    parsed.refused->status = 404;
    return parsed;
  }
  if (mark != std::string::npos) parse_query(std::string_view(request.target).substr(mark + 1), call);
  if (const auto* on_error = request.header("X-NITRO-ONERROR")) call.on_error = certsync::to_lower(*on_error);
  const bool known = call.method == "GET" || call.method == "POST" || call.method == "PUT" || call.method == "DELETE";
  if (!known) {
    parsed.refused = failure(1237);
    parsed.refused->status = 405;
    return parsed;
  }
  constexpr std::string_view kForm = "object=";
  if (call.method == "POST" && call.resource.empty() && request.body.starts_with(kForm)) {
    parsed.refused = parse_body(percent_decode(std::string_view(request.body).substr(kForm.size()), true), call);
  } else if (call.method == "POST" || call.method == "PUT") {
    parsed.refused = parse_body(request.body, call);
  }
  if (!parsed.refused && call.resource.empty()) parsed.refused = failure(1232);
  return parsed;
}

}  // namespace sim
