#include "sim/control.h"

#include <utility>

#include "sim/json.h"
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
  if (what == "POST /faults") {
    const auto rule = parse_fault(request.body);
    if (!rule) return text(400, "text/plain", "not a fault rule\n");
    simulator.faults().add(*rule);
    return ok();
  }
  return text(404, "text/plain", "no such control\n");
}

}  // namespace sim
