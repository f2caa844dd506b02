// nitro-sim: appliances for people and for other programs' tests. Prints one JSON line when ready, runs until SIGTERM.
#include <csignal>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/encoding.h"
#include "sim/control.h"
#include "sim/http_server.h"
#include "sim/json.h"
#include "sim/simulator.h"

namespace {

constexpr int kBadFlags = 3;
constexpr int kMaxAppliances = 100;

struct Flags {
  sim::Options options;
  std::vector<std::string> vservers = {"vs_www", "vs_sni:sni"};
  std::string password_file;
  std::string certificate_dir;
  std::string listen;
  std::string certificate_file;
  std::string key_file;
  bool no_override = false;
  int count = 1;
};

void declare(CLI::App& app, Flags& flags) {
  app.add_option("--vserver", flags.vservers, "NAME or NAME:sni; repeat for more")->capture_default_str();
  app.add_option("--user", flags.options.user, "administrator")->capture_default_str();
  auto* password = app.add_option("--password", flags.options.password, "its password");
  app.add_option("--password-file", flags.password_file, "file with the password")
      ->check(CLI::ExistingFile)
      ->excludes(password);
  app.add_option("--max-certkey-name", flags.options.max_certkey_name, "31 on old releases")->capture_default_str();
  app.add_option("--max-sessions", flags.options.max_sessions, "for each user")->capture_default_str();
  app.add_flag("--no-override", flags.no_override, "a build without systemfile?override=yes");
  app.add_flag("--tls12-only", flags.options.tls12_only, "vservers without TLS 1.3");
  app.add_option("--certificate-dir", flags.certificate_dir, "where nitro.pem is written")
      ->check(CLI::ExistingDirectory);
  auto* count =
      app.add_option("--count", flags.count, "appliances in this process")->check(CLI::Range(1, kMaxAppliances));
  app.add_option("--listen", flags.listen, "HOST:PORT of NITRO, on loopback; without it a free port")->excludes(count);
  auto* key = app.add_option("--key", flags.key_file, "private key of the management certificate");
  auto* certificate = app.add_option("--certificate", flags.certificate_file, "management certificate, PEM");
  key->check(CLI::ExistingFile)->needs(certificate);
  certificate->check(CLI::ExistingFile)->needs(key);
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void complete(Flags& flags) {
  if (!flags.password_file.empty()) {
    flags.options.password = std::string(certsync::trim(content_of(flags.password_file)));
  }
  if (!flags.listen.empty()) {
    const auto colon = flags.listen.rfind(':');
    const std::string port = colon == std::string::npos ? "" : flags.listen.substr(colon + 1);
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos) {
      throw CLI::ValidationError("--listen", "HOST:PORT, not " + flags.listen);
    }
    flags.options.host = flags.listen.substr(0, colon);
    flags.options.port = std::stoi(port);
  }
  if (!flags.certificate_file.empty()) {
    flags.options.certificate_pem = content_of(flags.certificate_file);
    flags.options.key_pem = content_of(flags.key_file);
  }
  for (const auto& text : flags.vservers) {
    const auto colon = text.find(':');
    const std::string suffix = colon == std::string::npos ? "" : text.substr(colon);
    if (colon == 0 || text.empty() || (!suffix.empty() && suffix != ":sni")) {
      throw CLI::ValidationError("--vserver", "NAME or NAME:sni, not " + text);
    }
    flags.options.vservers.push_back({text.substr(0, colon), "lb", suffix == ":sni"});
  }
  flags.options.supports_override = !flags.no_override;
}

struct Running {
  explicit Running(const sim::Options& options) : simulator(options), control(handler(), "", "") {}

  sim::HttpServer::Handler handler() {
    return [this](const sim::Request& request) {
      sim::Exchange exchange;
      exchange.response = sim::control(request, simulator);
      return exchange;
    };
  }

  sim::Simulator simulator;
  sim::HttpServer control;
};

sim::Json describe(Running& running, int number) {
  sim::Json::Object endpoints;
  for (const auto& [name, address] : running.simulator.endpoints()) {
    endpoints.push_back({name, address});
  }
  return {sim::Json::Object{{"name", "sim-" + std::to_string(number)},
                            {"nitro", running.simulator.url()},
                            {"fingerprint", running.simulator.fingerprint()},
                            {"user", running.simulator.options().user},
                            {"certificate", running.simulator.certificate_pem()},
                            {"control", "http://127.0.0.1:" + std::to_string(running.control.port())},
                            {"endpoints", sim::Json(std::move(endpoints))}}};
}

void write_certificate(const Running& running, const std::string& folder, int number) {
  if (folder.empty()) return;
  const std::string name = number == 1 ? "nitro.pem" : "nitro-" + std::to_string(number) + ".pem";
  std::ofstream(folder + "/" + name) << running.simulator.certificate_pem();
}

int run(const Flags& flags) {
  // Blocked before any thread exists, so that only sigwait sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::vector<std::unique_ptr<Running>> appliances;
  sim::Json::Array described;
  for (int i = 1; i <= flags.count; ++i) {
    appliances.push_back(std::make_unique<Running>(flags.options));
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
  Flags flags;
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
