#include "sim/reply.h"

#include "sim/error_text.h"

namespace sim {

Reply done() {
  return {};
}

Reply created() {
  Reply reply;
  reply.status = 201;
  reply.empty_body = true;
  return reply;
}

Reply list_of(const std::string& resource, Json::Array items) {
  Reply reply;
  if (!items.empty()) reply.members.push_back({resource, std::move(items)});
  return reply;
}

Reply object_of(const std::string& resource, Json object) {
  Reply reply;
  reply.members.push_back({resource, std::move(object)});
  return reply;
}

Reply failure(int code, const std::string& detail) {
  Reply reply;
  reply.status = error_status(code);
  reply.errorcode = code;
  reply.message = error_text(code);
  if (!detail.empty()) reply.message += " [" + detail + "]";
  reply.severity = "ERROR";
  return reply;
}

Json::Object status_members(const Reply& reply) {
  Json::Object members = {{"errorcode", reply.errorcode}, {"message", reply.message}};
  if (!reply.session_id.empty()) members.push_back({"sessionid", reply.session_id});
  members.push_back({"severity", reply.severity});
  return members;
}

Response to_response(const Reply& reply, bool warn) {
  Response response;
  response.status = reply.status;
  response.headers = reply.headers;
  Json::Object members = status_members(reply);
  bool empty = reply.empty_body;
  if (warn && reply.ok() && !reply.warnings.empty()) {
    // netscaler NITRO guide, "Error and exception handling": status 209 and X-NITRO-WARNING.
    const int code = reply.warnings.front();
    response.status = 209;
    response.headers.push_back({"X-NITRO-WARNING", std::to_string(code) + " - " + error_text(code)});
    members = {{"errorcode", code}, {"message", error_text(code)}, {"severity", "WARNING"}};
    empty = false;
  }
  response.reason = reason_phrase(response.status);
  response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
  if (!empty) {
    members.insert(members.end(), reply.members.begin(), reply.members.end());
    response.body = print_json(Json(std::move(members)));
  }
  return response;
}

}  // namespace sim
