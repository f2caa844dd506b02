// Whether this process may write to appliances: one writer at a time, whatever happens to the others.
#pragma once

#include <chrono>

namespace certsync::ports {

/// Thread-safe. Asked before every single write.
class WriteGate {
 public:
  virtual ~WriteGate() = default;
  /// False: no write may begin any more.
  virtual bool open() const = 0;
  /// For how long still an appliance is only read from, since a predecessor that did not say goodbye may have a request
  /// under way that lasts up to `request_timeout`. Zero or less: not at all.
  virtual std::chrono::milliseconds quiet_for(std::chrono::milliseconds request_timeout) const = 0;
};

/// Where nobody else writes: standalone.
class AlwaysOpen final : public WriteGate {
 public:
  bool open() const override { return true; }
  std::chrono::milliseconds quiet_for(std::chrono::milliseconds) const override { return {}; }
};

}  // namespace certsync::ports
