#include <nlohmann/json.hpp>

#include "fuzz/holds.h"
#include "fuzz/targets.h"
#include "nitro/answer.h"
#include "nitro/system_facts.h"
#include "nitro/wire.h"

namespace fuzz {
namespace {

using namespace certsync;
using namespace certsync::nitro;
using nlohmann::json;

/// The status, header lines, an empty line, the body.
http::Response response_of(std::string_view bytes) {
  http::Response response;
  const auto words = parts(bytes, 2);
  for (const char c : words[0].substr(0, 3))
    response.status = response.status * 10 + (static_cast<unsigned char>(c) & 15);
  auto rest = words[1];
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.empty()) break;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    response.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
  }
  response.body = rest;
  return response;
}

void answer(std::string_view bytes) {
  auto response = response_of(bytes);
  const auto body = valid_utf8(response.body);
  const auto answer = read_answer(std::move(response));
  must_hold(!answer.ok() || (answer.status >= 200 && answer.status < 300), "a failure taken for success");
  must_hold(answer.is_nitro != !answer.oddity.empty(), "an oddity, or none");
  must_hold(answer.oddity.size() < 200, "a long oddity");
  must_hold(!answer.metric_code().empty() && answer.metric_code().size() <= 16, "no label: " + answer.metric_code());
  const auto document = json::parse(body, nullptr, false);
  if (answer.status == 209 || !document.is_object() || !document.contains("errorcode")) return;
  const auto& code = document["errorcode"];
  const bool other_than_zero =
      code.is_number() ? code.get<double>() != 0
                       : code.is_string() && code.get<std::string>().find_first_not_of("-0") != std::string::npos;
  must_hold(!other_than_zero || !answer.ok(), "an error code taken for success");
}

template <class T>
void error_must_be_sound(const Result<T>& read) {
  if (!read) must_be_sound(read.error());
}

void lists(std::string_view bytes) {
  const std::string body(bytes);
  if (const auto certkeys = read_certkeys(body)) {
    for (const auto& [name, certkey] : *certkeys)
      must_hold(!name.empty() && certkey.name == name, "a certkey under another name");
  }
  for (const auto kind :
       {model::TargetKind::VirtualServer, model::TargetKind::Service, model::TargetKind::ServiceGroup}) {
    error_must_be_sound(read_bindings(body, kind));
    error_must_be_sound(read_services(body, kind));
  }
  error_must_be_sound(read_profiles(body));
  error_must_be_sound(read_virtual_servers(body));
  if (const auto files = read_files(body)) {
    for (const auto& [name, size] : *files)
      must_hold(model::parse_file_name(name).has_value(), "a file without a mark: " + name);
  }
  std::map<std::string, std::string> addresses;
  error_must_be_sound(read_addresses(body, "lbvserver", addresses));
  for (const auto& [name, address] : addresses)
    must_hold(!name.empty() && address.find(':') != std::string::npos, "no address: " + address);
  error_must_be_sound(read_nodes(body));
  error_must_be_sound(read_config_changed(body));
  error_must_be_sound(read_version(body));
  error_must_be_sound(read_file_content(body));
  read_where_used(body);
  is_used_by_vpn_global(body, "www");
}

void facts(std::string_view bytes) {
  const std::string body(bytes);
  if (const auto time = read_system_time(body)) must_hold(!*time || **time > TimePoint(), "a time before 1970");
  if (const auto sessions = read_sessions(body)) must_hold(sessions->open >= 0, "less than no session");
  if (const auto disk = read_disk(body))
    must_hold(!disk->percent || (*disk->percent >= 0 && *disk->percent <= 100), "more than a whole disk");
}

// The token goes into the Cookie header of every later request.
void login(std::string_view bytes) {
  const auto token = session_token(response_of(bytes));
  must_hold(token.find_first_of(";, \t\r\n") == std::string::npos, "a token that adds to its cookie");
  must_hold(!has_control_characters(token) && token.find('\0') == std::string::npos, "a token that ends its header");
}

void encoded(std::string_view text) {
  for (const auto& written : {encode(text), encode_name(text)}) {
    must_hold(std::all_of(written.begin(), written.end(),
                          [](char c) {
                            return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                                   std::string_view("-_.~%").find(c) != std::string_view::npos;
                          }),
              "a character that is special in an address: " + written);
  }
}

}  // namespace

std::vector<Target> nitro_targets() {
  return {{"nitro_answer", run<answer>},
          {"nitro_lists", run<lists>},
          {"nitro_facts", run<facts>},
          {"nitro_login", run<login>},
          {"nitro_name", run<encoded>}};
}

}  // namespace fuzz
