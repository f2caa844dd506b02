// What a resource answers, before it becomes an HTTP response.
#pragma once

#include <string>
#include <vector>

#include "sim/json.h"
#include "sim/message.h"

namespace sim {

struct Reply {
  int status = 200;
  int errorcode = 0;
  std::string message = "Done";
  std::string severity = "NONE";
  /// 201 of an add comes without a body.
  bool empty_body = false;
  /// Of a login; stands between message and severity in captured answers.
  std::string session_id;
  /// Members after the status members: the list, response.
  Json::Object members;
  std::vector<int> warnings;
  std::vector<Header> headers;

  bool ok() const { return errorcode == 0; }
};

Reply done();
/// 201 and no body, as seen on add, bind and upload.
Reply created();
/// The member is absent when there is nothing to list: real appliances never send an empty array here.
Reply list_of(const std::string& resource, Json::Array items);
Reply object_of(const std::string& resource, Json object);
/// `detail` comes in square brackets after the text.
Reply failure(int code, const std::string& detail = {});

Json::Object status_members(const Reply& reply);
/// With `warn` (warning=yes) a warning becomes status 209 and a header; else it is not shown.
Response to_response(const Reply& reply, bool warn);

}  // namespace sim
