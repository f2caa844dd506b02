#include "sim/control.h"

#include <map>
#include <string_view>
#include <utility>

#include "sim/json.h"
#include "sim/pair.h"
#include "sim/simulator.h"

namespace sim {
namespace {

Response text(int status, std::string type, std::string body) {
  return {status, reason_phrase(status), {{"Content-Type", std::move(type)}}, std::move(body)};
}

Response ok() {
  return text(200, "text/plain", "ok\n");
}

std::string log_lines(const RequestLog& log) {
  std::string lines;
  for (const auto& entry : log.entries()) {
    lines += to_json_line(entry) + "\n";
  }
  return lines;
}

std::string counters(Simulator& simulator) {
  Json::Object handshakes;
  Json::Object failed;
  for (const auto& [name, address] : simulator.endpoints()) {
    handshakes.push_back({name, simulator.handshakes(name)});
    failed.push_back({name, simulator.failed_handshakes(name)});
  }
  return print_compact(Json(Json::Object{{"requests", simulator.log().requests()},
                                         {"mutating", simulator.log().mutating()},
                                         {"faults", simulator.faults().struck()},
                                         {"handshakes", Json(std::move(handshakes))},
                                         {"failed", Json(std::move(failed))}})) +
         "\n";
}

/// {"vserver":"vs","manner":"dead"}
bool set_manner(const std::string& text, Simulator& simulator) {
  static const std::map<std::string, Manner> kManners = {
      {"honest", Manner::Honest}, {"dead", Manner::Dead}, {"silent", Manner::Silent}, {"stubborn", Manner::Stubborn}};
  const auto json = parse_json(text);
  const Json* vserver = json ? json->find("vserver") : nullptr;
  const Json* name = json ? json->find("manner") : nullptr;
  const auto manner = name == nullptr ? kManners.end() : kManners.find(name->text());
  if (vserver == nullptr || manner == kManners.end() || simulator.endpoint(vserver->text()).empty()) return false;
  simulator.set_manner(vserver->text(), manner->second);
  return true;
}

}  // namespace

Response control(const Request& request, Simulator& simulator) {
  const std::string what = request.method + " " + request.target;
  if (what == "GET /state") return text(200, "text/plain", simulator.state_text());
  if (what == "GET /log") return text(200, "application/x-ndjson", log_lines(simulator.log()));
  if (what == "GET /counters") return text(200, "application/json", counters(simulator));
  if (what == "DELETE /log") return simulator.log().clear(), ok();
  if (what == "DELETE /faults") return simulator.faults().clear(), ok();
  if (what == "POST /reboot") return simulator.reboot(), ok();
  if (what == "POST /save") return simulator.appliance().save(), ok();
  if (what == "POST /unsaved-work") return simulator.appliance().in("default").leave_unsaved_work(), ok();
  if (what == "POST /manner") {
    return set_manner(request.body, simulator) ? ok() : text(400, "text/plain", "no such vserver or manner\n");
  }
  if (what == "POST /faults") {
    const auto rule = parse_fault(request.body);
    if (!rule) return text(400, "text/plain", "not a fault rule\n");
    simulator.faults().add(*rule);
    return ok();
  }
  return text(404, "text/plain", "no such control\n");
}

Response control(const Request& request, Pair& pair) {
  const std::string what = request.method + " " + request.target;
  if (what == "POST /failover") return pair.fail_over(), ok();
  if (what == "POST /sync-files") return pair.sync_files(), ok();
  if (what == "POST /sync-config") return pair.sync_config(), ok();
  constexpr std::string_view kNodes = "/nodes/";
  const std::size_t end = kNodes.size() + 1;
  if (!request.target.starts_with(kNodes) || request.target.size() < end) return control(request, pair.primary());
  const char number = request.target[kNodes.size()];
  if (number != '0' && number != '1') return text(404, "text/plain", "no such node\n");
  Request inner = request;
  inner.target.erase(0, end);
  return control(inner, pair.node(number == '0' ? 0 : 1));
}

}  // namespace sim
