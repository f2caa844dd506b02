#include "sim/message.h"

#include "base/encoding.h"

namespace sim {

const std::string* find_header(const std::vector<Header>& headers, std::string_view name) {
  const std::string wanted = certsync::to_lower(name);
  for (const auto& header : headers) {
    if (certsync::to_lower(header.name) == wanted) return &header.value;
  }
  return nullptr;
}

std::string reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 207:
      return "Multi-Status";
    case 209:
      return "Warning";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 307:
      return "Temporary Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Request Entity Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 599:
      return "Netscaler specific error";
    default:
      return "Unknown";
  }
}

}  // namespace sim
