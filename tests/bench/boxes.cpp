#include "bench/boxes.h"

#include <fstream>
#include <stdexcept>

#include "bench/plain_client.h"
#include <nlohmann/json.hpp>

#include "support/places.h"

namespace bench {
namespace {

using nlohmann::json;

PlainAnswer tell(const Box& box, const PlainRequest& request) {
  auto answer = PlainClient(box.control).send(request);
  if (answer.status != 200) throw std::runtime_error("the simulator refused " + request.target);
  return answer;
}

}  // namespace

Boxes::Boxes(int count)
    : child_({support::program("nitro-sim"), "--count", std::to_string(count), "--vserver", "vs_www", "--user", kUser,
              "--password", kPassword}) {
  const std::string key = R"("appliances":)";
  const auto line = child_.wait_for(key, std::chrono::seconds(120));
  if (line.empty()) throw std::runtime_error("no appliances: " + child_.output());
  const auto described = json::parse("{" + key + line);
  for (const auto& one : described.at("appliances"))
    boxes_.push_back({one.at("nitro"), one.at("fingerprint"), one.at("control")});
}

void Boxes::delay(int milliseconds) {
  for (const auto& box : boxes_) {
    tell(box, {"DELETE", "/faults"});
    if (milliseconds == 0) continue;
    tell(box, {"POST", "/faults", json{{"kind", "delay"}, {"delay_ms", milliseconds}, {"times", -1}}.dump()});
  }
}

Boxes::Requests Boxes::requests(std::size_t index) const {
  const auto counters = json::parse(tell(boxes_[index], {"GET", "/counters"}).body);
  return {counters.at("requests").get<double>(), counters.at("mutating").get<double>()};
}

double Boxes::resident_megabytes() const {
  std::ifstream status("/proc/" + std::to_string(child_.pid()) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

}  // namespace bench
