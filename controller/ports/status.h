// How the truth gets out: status per object and Events.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/appliance.h"
#include "model/cert_sync.h"

namespace certsync::ports {

/// Writes only when something changed. Thread-safe; one writer per object.
class StatusSink {
 public:
  virtual ~StatusSink() = default;
  virtual Result<void> write(const model::CertSync& sync) = 0;
  virtual Result<void> write(const model::Appliance& appliance) = 0;
};

enum class EventType { Normal, Warning };

struct Event {
  EventType type = EventType::Normal;
  /// "NetScalerCertSync" or "NetScalerAppliance".
  std::string kind;
  model::ObjectRef regarding;
  /// CamelCase; the same word as a condition's reason where there is one.
  std::string reason;
  /// What was being done: "Deploy", "Save", "Verify", ...
  std::string action;
  std::string note;
};

/// Thread-safe; never blocks for long, may drop under load.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void record(const Event& event) = 0;
};

}  // namespace certsync::ports
