#include "app/health.h"

#include <string_view>
#include <utility>

namespace certsync::app {
namespace {

constexpr char kText[] = "text/plain; charset=utf-8";

/// The path below /healthz or /readyz names one check; without it all are run.
http::Reply run(const std::vector<HealthCheck>& checks, std::string_view name) {
  std::string list;
  bool all = true;
  bool found = name.empty() || name == "ping";
  for (const auto& one : checks) {
    if (!name.empty() && name != one.name) continue;
    found = true;
    const bool good = one.healthy();
    all = all && good;
    list += (good ? "[+]" : "[-]") + one.name + (good ? " ok\n" : " failed\n");
  }
  if (!found) return {404, kText, "no check of that name\n"};
  return {all ? 200 : 500, kText, all ? "ok" : list};
}

}  // namespace

http::Reply health_reply(const HealthChecks& checks, const std::string& path) {
  for (const auto& [prefix, list] : {std::pair("/healthz", &checks.live), std::pair("/readyz", &checks.ready)}) {
    std::string_view rest = path;
    if (!rest.starts_with(prefix)) continue;
    rest.remove_prefix(std::string_view(prefix).size());
    if (rest.empty() || rest == "/") return run(*list, "");
    if (rest.starts_with('/')) return run(*list, rest.substr(1));
  }
  return {404, kText, "only /healthz and /readyz\n"};
}

Result<std::unique_ptr<http::Server>> serve_health(const std::string& address, HealthChecks checks, const Logger& log) {
  http::ServerOptions options;
  options.address = address;
  options.flags = "--health";
  return http::Server::start(
      std::move(options), [checks = std::move(checks)](const std::string& path) { return health_reply(checks, path); },
      log);
}

}  // namespace certsync::app
