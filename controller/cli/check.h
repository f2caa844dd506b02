// Whether appliances can be worked with, step by step: name, connection, TLS, login, role, version, clock, sessions,
// disk, what is there, rights. Nothing is changed.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/rights.h"
#include "cli/use.h"

#include "base/clock.h"
#include "engine/store.h"
#include "nitro/factory.h"
#include "ports/prober.h"
#include "probe/reach.h"

namespace certsync::cli {

enum class Verdict { Ok, Warning, Failed, NotTried };
/// "ok", "warning", "failed", "not tried"
std::string_view to_text(Verdict verdict);

struct Finding {
  /// "name", "connection", "tls", "trust", "login", "role", "version", "clock", "sessions", "disk", "look", "rights"
  std::string check;
  Verdict verdict = Verdict::Ok;
  std::string message;
  /// What a person has to do; empty = nothing.
  std::string advice = {};
};

struct EndpointReport {
  std::string endpoint;
  std::vector<Finding> findings;
  bool primary = false;
};

struct ApplianceReport {
  std::string name;
  std::vector<EndpointReport> endpoints;
  /// Of the appliance as a whole.
  std::vector<Finding> findings;
  std::vector<Right> rights;

  bool failed() const;
};

struct CheckRequest {
  engine::AppliancePtr appliance;
  Use use;
};

struct CheckMeans {
  nitro::NitroFactory& factory;
  /// Of management addresses.
  ports::Prober& prober;
  std::function<probe::Reached(const std::string& host_port, std::stop_token stop)> reach;
  const Clock& clock;
  /// Told after each appliance: how many are done.
  std::function<void(std::size_t)> progress = {};
};

struct CheckOptions {
  bool rights = true;
  int workers = 16;
  std::chrono::milliseconds timeout{5000};
};

/// In the order of the requests. Blocks; logs in and out.
std::vector<ApplianceReport> check(const std::vector<CheckRequest>& requests, const CheckMeans& means,
                                   const CheckOptions& options, std::stop_token stop);

}  // namespace certsync::cli
