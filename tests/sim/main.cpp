// nitro-sim: appliances for people and for other programs' tests. Prints one JSON line when ready, runs until SIGTERM.
#include <csignal>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "sim/control.h"
#include "sim/flags.h"
#include "sim/http_server.h"
#include "sim/json.h"
#include "sim/pair.h"
#include "sim/simulator.h"

namespace {

constexpr int kBadFlags = 3;

/// One appliance or one pair, and its control interface.
struct Running {
  explicit Running(const sim::Flags& flags)
      : pair(flags.pair ? std::make_unique<sim::Pair>(flags.options) : nullptr),
        simulator(flags.pair ? nullptr : std::make_unique<sim::Simulator>(flags.options)),
        control([this](const sim::Request& request) { return answer(request); }, "", "") {}

  sim::Exchange answer(const sim::Request& request) {
    sim::Exchange exchange;
    exchange.response = pair ? sim::control(request, *pair) : sim::control(request, *simulator);
    return exchange;
  }
  const std::string& certificate() const { return pair ? pair->certificate_pem() : simulator->certificate_pem(); }

  std::unique_ptr<sim::Pair> pair;
  std::unique_ptr<sim::Simulator> simulator;
  sim::HttpServer control;  // last: its threads use the above
};

sim::Json describe(Running& running, int number) {
  sim::Simulator& node = running.pair ? running.pair->node(0) : *running.simulator;
  sim::Json::Object endpoints;
  for (const auto& [name, address] : node.endpoints()) {
    endpoints.push_back({name, address});
  }
  sim::Json::Object entry = {{"name", "sim-" + std::to_string(number)},
                             {"nitro", running.pair ? running.pair->floating_url() : node.url()},
                             {"fingerprint", node.fingerprint()},
                             {"user", node.options().user},
                             {"certificate", node.certificate_pem()},
                             {"control", "http://127.0.0.1:" + std::to_string(running.control.port())},
                             {"endpoints", sim::Json(std::move(endpoints))}};
  if (running.pair) {
    entry.push_back({"nodes", sim::Json::Array{sim::Json(node.url()), sim::Json(running.pair->node(1).url())}});
  }
  return {std::move(entry)};
}

void write_certificate(const Running& running, const std::string& folder, int number) {
  if (folder.empty()) return;
  const std::string name = number == 1 ? "nitro.pem" : "nitro-" + std::to_string(number) + ".pem";
  std::ofstream(folder + "/" + name) << running.certificate();
}

int run(const sim::Flags& flags) {
  // Blocked before any thread exists, so that only sigwait sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::vector<std::unique_ptr<Running>> appliances;
  sim::Json::Array described;
  for (int i = 1; i <= flags.count; ++i) {
    appliances.push_back(std::make_unique<Running>(flags));
    described.push_back(describe(*appliances.back(), i));
    write_certificate(*appliances.back(), flags.certificate_dir, i);
  }
  std::cout << sim::print_compact(sim::Json(sim::Json::Object{{"appliances", sim::Json(std::move(described))}}))
            << std::endl;
  int received = 0;
  sigwait(&signals, &received);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A NetScaler that is not there: NITRO over HTTPS and TLS vservers on loopback.");
  sim::Flags flags;
  declare(app, flags);
  try {
    app.parse(argc, argv);
    complete(flags);
    return run(flags);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadFlags;
  } catch (const std::exception& error) {
    std::cerr << "nitro-sim: " << error.what() << "\n";
    return 1;
  }
}
