// The object graph that both modes share: time, chance, metrics and the store below, the engine above. What differs,
// where objects come from and where the truth goes, comes in through the ports.
#pragma once

#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "app/health.h"
#include "app/options.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/sleeper.h"
#include "engine/controller.h"
#include "http/server.h"
#include "metrics/prometheus_recorder.h"
#include "nitro/factory.h"
#include "ports/leadership.h"
#include "probe/tls_probe.h"

namespace certsync::app {

/// Thread-safe.
class Dice {
 public:
  double roll() {
    std::lock_guard lock(mutex_);
    return std::uniform_real_distribution<double>(0, 1)(engine_);
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_{std::random_device{}()};
};

/// Below: made first, used by everybody.
struct Ground {
  /// `credentials_namespaces`: where credentialsSecretRef points, in this order.
  Ground(const RunOptions& options, const Logger& log, std::vector<std::string> credentials_namespaces);

  std::function<double()> random() {
    return [this] { return dice.roll(); };
  }

  const RunOptions& options;
  const Logger& log;
  std::vector<std::string> credentials_namespaces;
  std::unique_ptr<Clock> clock = make_system_clock();
  std::unique_ptr<Sleeper> sleeper = make_system_sleeper();
  std::unique_ptr<Entropy> entropy = make_system_entropy();
  Dice dice;
  metrics::PrometheusRecorder recorder;
  engine::Store store;
};

/// Metrics and health, for as long as these are kept.
struct Servers {
  std::unique_ptr<http::Server> metrics;
  std::unique_ptr<http::Server> health;
};

/// Logs the ports. Error Stalled/SpecInvalid when they cannot be served as the options say.
Result<Servers> serve(Ground& ground, HealthChecks checks);

/// What the mode brings.
struct Outside {
  ports::SecretReader& secrets;
  ports::StatusSink& status;
  ports::EventSink& events;
  const ports::WriteGate& gate;
  engine::StatusBoard::Hooks hooks;
  probe::ProbeLimits probe_limits;
  /// Null where the store is as good.
  ports::LiveReader* live = nullptr;
  /// Nothing is looked at except while the controller runs: a standby replica.
  bool only_while_running = false;
};

/// Above: the engine, wired.
class Machine {
 public:
  /// `owner`: as given or found; not yet the mark.
  Machine(Ground& ground, Outside outside, const std::string& owner);

  engine::Controller& controller() { return controller_; }
  engine::Reconciler& reconciler() { return reconciler_; }
  engine::StatusBoard& board() { return board_; }

 private:
  engine::SecretCache secrets_;
  nitro::NitroFactory factory_;
  probe::TlsProber prober_;
  engine::EventGate events_;
  engine::StatusBoard board_;
  engine::Reconciler reconciler_;
  engine::Controller controller_;
};

}  // namespace certsync::app
