#include "sim/test_box.h"

#include <utility>

#include "base/encoding.h"
#include "sim/json.h"

namespace sim::test {
namespace {

std::string picture(const Response& response) {
  return std::to_string(response.status) + (response.body.empty() ? "" : " " + response.body);
}

}  // namespace

Options Box::with_vservers() {
  Options options;
  options.vservers = {{"vs", "lb", false}, {"vs_sni", "lb", true}};
  return options;
}

Box::Box(Options options, std::shared_ptr<HaGroup> ha) : appliance(std::move(options), &clock, std::move(ha)) {}

Response Box::send(const std::string& method, const std::string& path, const std::string& body,
                   std::vector<Header> headers) {
  return appliance.handle(Request{method, "/nitro/v1/" + path, std::move(headers), body});
}

std::string Box::ask(const std::string& method, const std::string& path, const std::string& body) {
  return picture(
      send(method, "config/" + path, body, {{"X-NITRO-USER", "nsroot"}, {"X-NITRO-PASS", "nsroot-password"}}));
}

void Box::upload(const std::string& name, const std::string& content) {
  ask("POST", "systemfile?override=yes",
      R"({"systemfile":{"filename":")" + name + R"(","filelocation":"/nsconfig/ssl","filecontent":")" +
          certsync::to_base64(content) + R"(","fileencoding":"BASE64"}})");
}

std::string Box::add(const std::string& name, const Pair& pair, bool with_key) {
  upload(name + ".pem", pair.cert);
  if (with_key) upload(name + ".key", pair.key);
  const std::string key = with_key ? R"(,"key":")" + name + R"(.key")" : "";
  return brief(ask("POST", "sslcertkey",
                   R"({"sslcertkey":{"certkey":")" + name + R"(","cert":")" + name + R"(.pem")" + key + "}}"));
}

std::string Box::show(const std::string& path, const std::string& member) {
  const std::string answer = ask("GET", path);
  const auto json = parse_json(answer.substr(answer.find(' ') + 1));
  if (!json || json->object().size() < 4) return answer;
  const Json& list = json->object()[3].value;
  const Json& entry = list.is_array() ? list.array().front() : list;
  const Json* found = entry.find(member);
  if (found == nullptr) return "(absent)";
  return found->is_array() ? print_compact(*found) : found->text();
}

std::string brief(const std::string& answer) {
  const auto space = answer.find(' ');
  if (space == std::string::npos) return answer;
  const auto json = parse_json(answer.substr(space + 1));
  if (!json) return answer;
  const Json* code = json->find("errorcode");
  const Json* message = json->find("message");
  if (code == nullptr || message == nullptr) return answer;
  if (code->text() == "0") return answer.substr(0, space);
  return answer.substr(0, space + 1) + code->text() + " " + message->text();
}

}  // namespace sim::test
