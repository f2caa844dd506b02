// HTTP as a person asks for it.
#pragma once

#include <string>
#include <vector>

#include "e2e/child.h"

namespace e2e {

/// Status and body of a GET by curl: "200 ok"; "000 …" and why when there is no answer.
inline std::string get_url(const std::string& url, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"/usr/bin/curl", "-sS", "-w", "\n%{http_code}", url};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Child curl(arguments);
  curl.wait();
  const std::string output = curl.output();
  const auto line = output.rfind('\n');
  return line == std::string::npos ? output : output.substr(line + 1) + " " + output.substr(0, line);
}

inline std::string get(const std::string& port, const std::string& path) {
  return get_url("http://127.0.0.1:" + std::to_string(std::stoi(port)) + path);
}

}  // namespace e2e
