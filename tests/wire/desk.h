// An appliance on a desk and a client of it, with a real connection between them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.h"
#include "base/sleeper.h"
#include "model/certificate.h"
#include "nitro/nitro_appliance.h"
#include "sim/simulator.h"
#include "support/manual_clock.h"
#include "support/quiet_recorder.h"
#include "support/test_pki.h"

namespace wire {

/// A file that bears our mark.
inline constexpr const char* kMarked = "cs-own-00112233445566770011223344556677889900aa.pem";

namespace http = certsync::http;
namespace model = certsync::model;
namespace nitro = certsync::nitro;
namespace plan = certsync::plan;
namespace ports = certsync::ports;
using certsync::ErrorKind;
using certsync::Reason;
using certsync::SecretBytes;

/// Waits for nothing and remembers for how long it would have.
class CountingSleeper final : public certsync::Sleeper {
 public:
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) override {
    waits.push_back(duration);
    return !stop.stop_requested();
  }
  std::vector<std::chrono::milliseconds> waits;
};

class Desk : public testing::Test {
 protected:
  Desk();

  static sim::Options with_vservers();
  /// A client that trusts this pin (empty: the simulator's) and knocks at `url` (empty: the simulator's).
  void connect(const std::string& fingerprint = "", const std::string& url = "");
  void log_in_as(const std::string& user, const std::string& password, const std::string& version = "1");

  /// "done", "done, warning 1546" or "Stalled/CertKeyInUse 1541".
  std::string perform(const plan::Action& action, const std::string& content = "");
  std::string save();
  std::string observe();
  /// NAME.pem and NAME.key, new ones each time, on the appliance.
  support::Issued upload_pair(const std::string& name, const std::string& common_name = "www.example.com");
  /// "POST login 201": what arrived since the last time, one a line.
  std::string arrived();
  std::string state() const { return box_.state_text(); }
  bool state_has(const std::string& line) const;

  support::ManualClock clock_;
  CountingSleeper sleeper_;
  std::vector<std::string> lines_;
  certsync::Logger log_{certsync::LogLevel::Debug, certsync::LogFormat::Text,
                        [this](std::string_view line) { lines_.emplace_back(line); }};
  support::QuietRecorder recorder_;
  support::Authority ca_ = support::Authority::root("Wire CA");
  sim::Simulator box_{with_vservers()};
  std::string user_;
  std::string password_;
  std::string version_ = "1";
  std::unique_ptr<nitro::NitroAppliance> appliance_;
};

}  // namespace wire
