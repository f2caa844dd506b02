// One HTTP request and its answer, without any socket: the in-process tests and the server speak in these.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sim {

struct Header {
  std::string name;
  std::string value;
};

/// The first header of that name in any case, or null.
const std::string* find_header(const std::vector<Header>& headers, std::string_view name);

struct Request {
  std::string method;
  std::string target;  // path and query, as sent
  std::vector<Header> headers;
  std::string body;

  const std::string* header(std::string_view name) const { return find_header(headers, name); }
};

struct Response {
  int status = 200;
  std::string reason = "OK";
  std::vector<Header> headers;
  std::string body;

  const std::string* header(std::string_view name) const { return find_header(headers, name); }
};

/// "OK", "Created", "Netscaler specific error", ...
std::string reason_phrase(int status);

}  // namespace sim
