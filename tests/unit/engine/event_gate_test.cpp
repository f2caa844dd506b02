#include "engine/event_gate.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace certsync::engine {
namespace {

class Gate : public testing::Test, private ports::EventSink {
 protected:
  void say(const std::string& reason, const std::string& note, const std::string& object = "www") {
    gate_.say({ports::EventType::Normal, "NetScalerCertSync", {"default", object}, reason, "Sync", note});
  }

  std::string said_;
  support::ManualClock clock_;
  EventGate gate_{*this, clock_};

 private:
  void record(const ports::Event& event) override {
    said_ += event.regarding.name + " " + event.reason + " " + event.note + "\n";
  }
};

TEST_F(Gate, TheSameIsSaidOnce) {
  say("ChainRepaired", "root left out");
  say("ChainRepaired", "root left out");

  EXPECT_EQ(said_, "www ChainRepaired root left out\n");
}

TEST_F(Gate, SomethingElseAboutTheSameIsNews) {
  say("Drifted", "unbound");
  say("Drifted", "unlinked");
  say("Drifted", "unbound", "shop");

  EXPECT_EQ(said_, "www Drifted unbound\nwww Drifted unlinked\nshop Drifted unbound\n");
}

TEST_F(Gate, AfterAnHourItIsSaidAgain) {
  say("Drifted", "unbound");
  clock_.advance(std::chrono::minutes(61));
  say("Drifted", "unbound");

  EXPECT_EQ(said_, "www Drifted unbound\nwww Drifted unbound\n");
}

TEST_F(Gate, WhatWasSettledOrForgottenIsNewsAgain) {
  say("Drifted", "unbound");
  gate_.settled("NetScalerCertSync", {"default", "www"}, "Drifted");
  say("Drifted", "unbound");
  gate_.forget("NetScalerCertSync", {"default", "www"});
  say("Drifted", "unbound");

  EXPECT_EQ(said_, "www Drifted unbound\nwww Drifted unbound\nwww Drifted unbound\n");
}

}  // namespace
}  // namespace certsync::engine
