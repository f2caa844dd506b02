// The operator's own engine, NITRO client and prober on an estate in memory; wired as the program does it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "bench/boxes.h"
#include "bench/estate.h"
#include "bench/recording.h"

#include "base/entropy.h"
#include "base/log.h"
#include "base/sleeper.h"
#include "engine/controller.h"
#include "metrics/prometheus_recorder.h"
#include "probe/tls_probe.h"

namespace bench {

class Rig {
 public:
  /// `told`: each status of a resource as it would be written.
  explicit Rig(Estate& estate, std::function<void(const certsync::model::CertSync&)> told = {});

  void add_appliance(const std::string& name, const Box& box, int parallel = 4);
  /// Resource and Secret `index` for that appliance; one that is bound is bound to vs_www.
  void add_sync(int index, const std::string& appliance, bool bound);
  void complete() { store_.synced(true); }
  /// The Secrets as they are now.
  void put_secrets();

  /// One pass, on this thread. Throws unless everything is reached.
  void pass(const std::string& appliance);
  /// Passes over all appliances until each is settled, with the workers of the program.
  void run(const std::function<bool()>& done);
  void log_out() { reconciler_.shut_down(); }
  Recording& recording() { return recording_; }

 private:
  class Status final : public certsync::ports::StatusSink {
   public:
    explicit Status(std::function<void(const certsync::model::CertSync&)> told) : told_(std::move(told)) {}
    certsync::Result<void> write(const certsync::model::CertSync& sync) override {
      if (told_) told_(sync);
      return {};
    }
    certsync::Result<void> write(const certsync::model::Appliance&) override { return {}; }

   private:
    std::function<void(const certsync::model::CertSync&)> told_;
  };
  class NoEvents final : public certsync::ports::EventSink {
   public:
    void record(const certsync::ports::Event&) override {}
  };

  Estate& estate_;
  Recording recording_;
  std::unique_ptr<certsync::Clock> clock_ = certsync::make_system_clock();
  std::unique_ptr<certsync::Sleeper> sleeper_ = certsync::make_system_sleeper();
  std::unique_ptr<certsync::Entropy> entropy_ = certsync::make_system_entropy();
  /// Lines are made, and lead nowhere.
  certsync::Logger log_;
  certsync::metrics::PrometheusRecorder recorder_;
  Status status_;
  NoEvents no_events_;
  certsync::engine::Store store_;
  certsync::engine::SecretCache secrets_;
  certsync::nitro::NitroFactory factory_;
  certsync::probe::TlsProber prober_;
  certsync::engine::EventGate events_;
  certsync::ports::AlwaysOpen gate_;
  certsync::engine::StatusBoard board_;
  certsync::engine::Reconciler reconciler_;
  certsync::engine::Controller controller_;
};

}  // namespace bench
