// What the liveness probe asks of the workers: who hangs, who is busy, who only waits.
#include "engine/controller.h"

#include <condition_variable>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "support/quiet_recorder.h"
#include "support/test_entropy.h"

namespace certsync::engine {
namespace {

using namespace std::chrono_literals;

/// A pass comes no further than here until it is let go.
class HangingFactory final : public ports::ApplianceFactory {
 public:
  std::unique_ptr<ports::Appliance> make(const model::Appliance&) override {
    std::unique_lock lock(mutex_);
    ++hanging_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return let_go_; });
    throw std::runtime_error("the pass ends here");
  }
  void wait_for(int passes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return hanging_ == passes; });
  }
  void let_go() {
    std::lock_guard lock(mutex_);
    let_go_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int hanging_ = 0;
  bool let_go_ = false;
};

class NoSecrets final : public ports::SecretReader {
 public:
  Result<ports::SecretData> read_secret(const model::ObjectRef&) override {
    return fail(ErrorKind::Wait, Reason::SecretNotFound, "none here");
  }
};

class NoStatus final : public ports::StatusSink {
 public:
  Result<void> write(const model::CertSync&) override { return {}; }
  Result<void> write(const model::Appliance&) override { return {}; }
};

class NoEvents final : public ports::EventSink {
 public:
  void record(const ports::Event&) override {}
};

class NoProber final : public ports::Prober {
 public:
  ports::ProbeResult probe(const ports::ProbeTarget&, std::stop_token) override { return {}; }
};

class Liveness : public testing::Test {
 protected:
  static constexpr int kWorkers = 2;

  ~Liveness() override { factory_.let_go(); }

  /// Passes over so many appliances begin, and hang.
  void lead(int appliances) {
    for (int i = 0; i < appliances; ++i) {
      model::Appliance appliance;
      appliance.meta.ref = {"", "edge" + std::to_string(i)};
      store_.put(std::move(appliance));
    }
    store_.synced(true);
    term_ = std::jthread([this](std::stop_token stop) { controller_.run(std::move(stop)); });
    // Room for more comes when those before have taken long.
    for (int hanging = kWorkers; hanging < appliances; hanging += kWorkers) {
      factory_.wait_for(hanging);
      clock_.advance(WorkQueue::kLong);
    }
    factory_.wait_for(appliances);
  }

  support::ManualClock clock_;
  support::QuietRecorder recorder_;
  support::TestEntropy entropy_;
  std::unique_ptr<Sleeper> sleeper_ = make_system_sleeper();
  Logger log_{LogLevel::Error, LogFormat::Text, [](std::string_view) {}};
  NoSecrets secrets_;
  NoStatus status_;
  NoEvents events_;
  NoProber prober_;
  ports::AlwaysOpen gate_;
  HangingFactory factory_;
  Store store_{{"ops"}, clock_};
  SecretCache cache_{secrets_, clock_};
  EventGate event_gate_{events_, clock_};
  StatusBoard board_{store_, status_, event_gate_, recorder_, clock_, log_, {}};
  Reconciler reconciler_{
      {},
      {store_, cache_, factory_, prober_, board_, event_gate_, gate_, recorder_, clock_, *sleeper_, log_, entropy_}};
  Controller controller_{{kWorkers, true}, store_,    board_, reconciler_,       recorder_,
                         clock_,           *sleeper_, log_,   [] { return 0.0; }};
  std::jthread term_;
};

TEST_F(Liveness, AStandbyIsWellHoweverLongItWaits) {
  clock_.advance(100h);

  EXPECT_TRUE(controller_.responsive());
}

TEST_F(Liveness, ALeaderWithAFreeWorkerIsWell) {
  lead(kWorkers - 1);

  clock_.advance(1h);

  EXPECT_TRUE(controller_.responsive());
}

TEST_F(Liveness, ALeaderWithRoomForMoreIsWell) {
  lead(kWorkers);

  clock_.advance(1h);

  EXPECT_TRUE(controller_.responsive());
}

TEST_F(Liveness, ALeaderWhoseThreadsAllHangIsNot) {
  lead(kWorkers * 4);
  EXPECT_TRUE(controller_.responsive());

  clock_.advance(15min - 1s);
  EXPECT_TRUE(controller_.responsive());
  clock_.advance(1s);
  EXPECT_FALSE(controller_.responsive());

  factory_.let_go();
  term_.request_stop();
  term_.join();
  EXPECT_TRUE(controller_.responsive());
}

// The Lease is lost, and one pass does not end: this process would neither lead nor stand by, for ever.
TEST_F(Liveness, AFormerLeaderWhosePassDoesNotEndIsNot) {
  lead(kWorkers - 1);
  clock_.advance(1h);

  term_.request_stop();

  EXPECT_TRUE(controller_.responsive()) << "it has time to end";
  clock_.advance(15min);
  EXPECT_FALSE(controller_.responsive());

  factory_.let_go();
  term_.join();
  clock_.advance(1h);
  EXPECT_TRUE(controller_.responsive()) << "a standby now";
}

}  // namespace
}  // namespace certsync::engine
